import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

const COLORS = {money: "#714B67", time: "#017E84"};

/**
 * Draws how much support credit was left over time. The server sends the points with
 * their texts, so that money and time read here as everywhere else on the page.
 */
export class SupportCreditChart extends Interaction {
    static selector = ".o_support_credit_chart";

    setup() {
        this.data = JSON.parse(this.el.dataset.chart);
    }

    async willStart() {
        await loadBundle("web.chartjs_lib");
    }

    start() {
        const canvas = this.el.querySelector("canvas");
        this.chart = new window.Chart(canvas, this.getConfig());
        this.registerCleanup(() => this.chart.destroy());
        this.el.classList.add("o_support_chart_drawn");
    }

    getConfig() {
        const {series} = this.data;
        return {
            type: "line",
            data: {datasets: series.map((serie) => this.getDataset(serie))},
            options: {
                locale: document.documentElement.lang || undefined,
                maintainAspectRatio: false,
                animation: false,
                interaction: {mode: "nearest", axis: "x", intersect: false},
                scales: this.getScales(),
                plugins: {
                    legend: {display: series.length > 1, position: "bottom"},
                    tooltip: {
                        displayColors: series.length > 1,
                        callbacks: {
                            title: (items) => items[0]?.raw.day,
                            label: (item) => item.raw.text,
                        },
                    },
                },
            },
        };
    }

    getDataset({unit, label, points}) {
        return {
            label,
            data: points,
            yAxisID: unit,
            // a level holds until the next movement
            stepped: true,
            fill: true,
            borderColor: COLORS[unit],
            backgroundColor: `${COLORS[unit]}22`,
            borderWidth: 2,
            pointRadius: 2,
            pointHoverRadius: 5,
        };
    }

    getScales() {
        const scales = {
            x: {
                type: "time",
                time: {minUnit: "day"},
                ticks: {maxRotation: 0, autoSkipPadding: 24},
                grid: {display: false},
            },
        };
        this.data.series.forEach(({unit, axis}, index) => {
            scales[unit] = {
                position: index ? "right" : "left",
                beginAtZero: true,
                title: {display: true, text: axis},
                ticks: {maxTicksLimit: 6},
                grid: {drawOnChartArea: !index},
            };
        });
        return scales;
    }
}

registry
    .category("public.interactions")
    .add("prepaid_support.support_credit_chart", SupportCreditChart);
