import {registry} from "@web/core/registry";

const MODAL = ".modal .o_form_view";

/** An agent asks what an evening would cost; a dispatcher makes an exception. */
registry.category("web_tour.tours").add("support_estimate_tour", {
    steps: () => [
        {
            content: "ask what work would cost",
            trigger: ".o_form_statusbar button:contains('Price this')",
            run: "click",
        },
        {
            content: "two hours",
            trigger: `${MODAL} [name=hours] input`,
            run: "edit 2:00",
        },
        {
            content: "on site",
            trigger: `${MODAL} [name=delivery_mode] input`,
            run: "click",
        },
        {
            content: "as one of the ways",
            trigger: ".o_select_menu_item:contains('On site')",
            run: "click",
        },
        {
            content: "the price with travel",
            trigger: `${MODAL} [name=amount]:contains('400.00')`,
        },
        {
            content: "and why",
            trigger: `${MODAL} [name=explanation_text]:contains('2:00 h at')`,
        },
        {content: "close", trigger: ".modal footer button", run: "click"},
        {content: "nothing is left open", trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("support_exception_tour", {
    steps: () => [
        {
            content: "open the time that waits",
            trigger: ".o_data_row:contains('Mail server') td[name=employee_id]",
            run: "click",
        },
        {
            content: "it says why it waits",
            trigger: ".alert [name=hold_reason]:contains('a proposal comes first')",
        },
        {
            content: "make an exception",
            trigger: ".o_form_statusbar button:contains('Make an exception')",
            run: "click",
        },
        {
            content: "for a reason",
            trigger: `${MODAL} [name=reason] input`,
            run: "edit The customer has signed",
        },
        {
            content: "and confirm",
            trigger: ".modal footer button:contains('Make an exception')",
            run: "click",
        },
        {
            content: "the work is priced",
            trigger: "[name=amount]:contains('500.00')",
        },
        {
            content: "and keeps the reason",
            trigger: "[name=accept_reason]:contains('The customer has signed')",
        },
    ],
});
