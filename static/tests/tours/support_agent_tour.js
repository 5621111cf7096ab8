import {registry} from "@web/core/registry";

const PAGE = ".o_notebook .nav-link[name=support_time]";
const LIST = ".o_field_widget[name=timesheet_ids]";
const STRIP = ".o_field_widget[name=support_balance] .o_support_strip";

/** An agent looks at the credit, logs four hours, and opens the contract. */
registry.category("web_tour.tours").add("support_agent_tour", {
    steps: () => [
        {
            content: "the strip shows the credit before anybody works",
            trigger: `${STRIP} .o_support_remaining:contains('5,000.00')`,
        },
        {content: "open the page of time", trigger: PAGE, run: "click"},
        {
            content: "add a line",
            trigger: `${LIST} .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            content: "say what was done",
            trigger: `${LIST} .o_selected_row [name=name] input`,
            run: "edit Replaced the power supply",
        },
        {
            content: "four hours",
            trigger: `${LIST} .o_selected_row [name=unit_amount] input`,
            run: "edit 4:00",
        },
        {content: "save", trigger: ".o_form_button_save", run: "click"},
        {content: "it is saved", trigger: ".o_form_saved"},
        {
            content: "the credit has paid",
            trigger: `${STRIP} .o_support_remaining:contains('4,500.00')`,
        },
        {
            content: "the line says what it cost",
            trigger: `${LIST} .o_data_row [name=support_amount]:contains('500.00')`,
        },
        {content: "open the contract", trigger: STRIP, run: "click"},
        {
            content: "the contract shows the same balance",
            trigger:
                ".o_field_widget[name=balance] .o_support_remaining:contains('4,500.00')",
        },
        {
            content: "and how it came about",
            trigger: ".o_support_recap_used .o_support_recap_value:contains('500.00')",
        },
    ],
});
