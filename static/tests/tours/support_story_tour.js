import {registry} from "@web/core/registry";
import tourUtils from "@sale/js/tours/tour_utils";

const tours = registry.category("web_tour.tours");

/** A salesperson sells a bundle; it is invoiced and paid, and the credit is there. */
tours.add("support_story_sale_tour", {
    steps: () => [
        ...tourUtils.selectCustomer("Aurora Bakery"),
        ...tourUtils.addProduct("Strippenkaart of the story"),
        {
            content: "the order has its price",
            trigger:
                "[name=amount_untaxed]:contains('5,000.00'), [name=tax_totals]:contains('5,000.00')",
        },
        {
            content: "confirm the order",
            trigger: ".o_statusbar_buttons button[name=action_confirm]:enabled",
            run: "click",
        },
        {
            content: "invoice it",
            trigger: ".o_statusbar_buttons button#create_invoice:visible",
            run: "click",
        },
        {
            content: "a regular invoice",
            trigger: ".modal button[name=create_invoices]:visible",
            run: "click",
        },
        {
            content: "post the invoice",
            trigger: ".o_statusbar_buttons button[name=action_post]:visible",
            run: "click",
        },
        {
            content: "the customer pays",
            trigger:
                ".o_statusbar_buttons button[name=action_register_payment]:visible",
            run: "click",
        },
        {
            content: "all of it",
            trigger: ".modal button[name=action_create_payments]:visible",
            run: "click",
        },
        {
            content: "from the paid invoice to the credit that it sold",
            trigger: "button[name=action_view_support_lots]:visible",
            run: "click",
        },
        {
            content: "the lot has its credit",
            trigger: ".o_data_row [name=remaining]:contains('5,000.00')",
        },
        {
            content: "and its expiry date",
            trigger: ".o_data_row [name=date_last]:not(:empty)",
        },
    ],
});

/** The customer opens a ticket in the portal. */
tours.add("support_story_ticket_tour", {
    url: "/new/ticket",
    steps: () => [
        {
            content: "the title",
            trigger: "input[name=subject]",
            run: "edit Mail server does not answer",
        },
        {
            content: "what happened",
            trigger: "textarea[name=description]",
            run: "edit It stopped this morning.",
        },
        {
            content: "send it",
            trigger: "main form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the ticket is there",
            trigger: "main :contains('Mail server does not answer')",
        },
    ],
});

/** An accountant invoices what no credit has covered. */
tours.add("support_story_overrun_tour", {
    steps: () => [
        {
            content: "the contract says what is not covered",
            trigger:
                ".o_field_widget[name=balance] .o_support_strip:contains('250.00')",
        },
        {
            content: "invoice it",
            trigger: ".o_statusbar_buttons button:contains('Invoice overrun')",
            run: "click",
        },
        {
            content: "the preview says what will be invoiced",
            trigger: ".modal .o_data_row [name=amount]:contains('250.00')",
        },
        {
            content: "make the draft",
            trigger: ".modal button[name=action_invoice]",
            run: "click",
        },
        {
            content: "one draft invoice with the hours",
            trigger: ".o_field_widget[name=invoice_line_ids]:contains('125.00')",
        },
        {
            content: "with the time report",
            trigger: "button[name=action_support_time_report]:visible",
        },
        {
            content: "from the invoice to the work",
            trigger: "button[name=action_view_support_interventions]:visible",
            run: "click",
        },
        {
            content: "the work says what was overrun",
            trigger: ".o_list_view .o_data_row:contains('Mail server')",
        },
    ],
});

/** The customer sees that the credit is used up, by what, and the statement. */
tours.add("support_story_portal_tour", {
    url: "/my/support",
    steps: () => [
        {
            content: "nothing is left",
            trigger: ".o_support_strip .o_support_remaining:contains('0.00')",
        },
        {
            content: "the chart is drawn",
            trigger: ".o_support_credit_chart.o_support_chart_drawn canvas",
        },
        {
            content: "the work is listed with what it took",
            trigger:
                ".o_support_group:contains('Mail server') .o_support_work:contains('500.00')",
        },
        {
            content: "a statement can be had",
            trigger: "#statement form button[type=submit]",
        },
    ],
});
