import {Component} from "@odoo/owl";

import {formatCurrency} from "@web/core/currency";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {formatCredit} from "../support_units";

const TERMS = [
    ["opening", _t("Opening")],
    ["granted", _t("Granted")],
    ["used", _t("Used")],
    ["lapsed", _t("Lapsed")],
    ["refunded", _t("Refunded")],
    ["adjusted", _t("Adjusted")],
    ["closing", _t("Remaining")],
];
const ALWAYS = new Set(["opening", "granted", "used", "lapsed", "closing"]);

/** What happened to a contract's credit in a period: opening + ... = remaining. */
export class SupportRecap extends Component {
    static template = "prepaid_support.SupportRecap";
    static props = {...standardFieldProps};

    get recap() {
        return this.props.record.data[this.props.name] || null;
    }

    get period() {
        return _t("%(from)s to %(to)s", {
            from: formatDate(deserializeDate(this.recap.date_from)),
            to: formatDate(deserializeDate(this.recap.date_to)),
        });
    }

    get rows() {
        return ["money", "time"]
            .filter((unit) => this.recap[unit])
            .map((unit) => ({unit, cells: this.makeCells(unit, this.recap[unit])}));
    }

    makeCells(unit, amounts) {
        const cells = TERMS.filter(([name]) => ALWAYS.has(name) || amounts[name]).map(
            ([name, label]) => ({
                name,
                label,
                value: formatCredit(amounts[name], unit, this.recap),
                className:
                    name === "closing" && amounts[name] <= 0 ? "text-danger" : "",
            })
        );
        if (unit === "money" || !this.recap.money) {
            cells.push(this.overrunCell);
        }
        return cells;
    }

    get overrunCell() {
        const {overrun_amount, currency_id} = this.recap;
        return {
            name: "overrun",
            label: _t("Open overrun"),
            value: formatCurrency(overrun_amount || 0, currency_id),
            className: overrun_amount ? "text-danger" : "text-muted",
        };
    }
}

export const supportRecap = {
    component: SupportRecap,
    displayName: _t("Support credit recap"),
    supportedTypes: ["json"],
};

registry.category("fields").add("support_recap", supportRecap);
