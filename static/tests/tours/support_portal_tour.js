import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("support_portal_tour", {
    url: "/my",
    steps: () => [
        {
            content: "the card tells how much credit is left",
            trigger:
                ".o_portal_index_card:has(a[href='/my/support']) .o_support_card_balance:contains('4,500.00')",
        },
        {
            content: "open the support credit",
            trigger: ".o_portal_index_card a[href='/my/support']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the balance stands on top",
            trigger: ".o_support_strip .o_support_remaining:contains('4,500.00')",
        },
        {
            content: "the chart is drawn",
            trigger: ".o_support_credit_chart.o_support_chart_drawn canvas",
        },
        {
            content: "the work is listed with its ticket, technician and cost",
            trigger:
                ".o_support_group:contains('Mail server') .o_support_work:contains('Tina')",
        },
        {
            content: "look for the work of a ticket",
            trigger: "#support_search",
            run: "edit Mail server",
        },
        {
            content: "search",
            trigger: "#work form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "open the ticket",
            trigger: ".o_support_group a:contains('Mail server')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the ticket tells its time and cost",
            trigger: ".o_support_ticket_work .o_support_work:contains('500.00')",
        },
    ],
});
