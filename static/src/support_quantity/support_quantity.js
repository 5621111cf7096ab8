import {Component, xml} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {formatCredit, formatMinutes} from "../support_units";

/** A quantity of credit, shown as money or as hours by the unit beside it. */
export class SupportQuantityField extends Component {
    static template = xml`<span class="text-nowrap" t-out="formattedValue"/>`;
    static props = {...standardFieldProps};

    get formattedValue() {
        const data = this.props.record.data;
        return formatCredit(data[this.props.name], data.unit, {
            currency_id: data.currency_id && data.currency_id.id,
            // Only where the view loads them; hours otherwise.
            time_display: data.time_display,
            minutes_per_ticket: data.minutes_per_ticket,
        });
    }
}

export const supportQuantityField = {
    component: SupportQuantityField,
    displayName: _t("Support credit quantity"),
    supportedTypes: ["float"],
    listViewWidth: [90, 130],
    fieldDependencies: [
        {name: "unit", type: "selection"},
        {name: "currency_id", type: "many2one"},
    ],
};

registry.category("fields").add("support_quantity", supportQuantityField);

/** Whole minutes, shown as hours and minutes. */
export class SupportMinutesField extends Component {
    static template = xml`<span class="text-nowrap" t-out="formattedValue"/>`;
    static props = {...standardFieldProps};

    get formattedValue() {
        return formatMinutes(this.props.record.data[this.props.name]);
    }
}

export const supportMinutesField = {
    component: SupportMinutesField,
    displayName: _t("Minutes as hours"),
    supportedTypes: ["integer"],
    listViewWidth: [70, 100],
};

registry.category("fields").add("support_minutes", supportMinutesField);
// The totals of a list are formatted by the name of the column's widget.
registry.category("formatters").add("support_minutes", formatMinutes);
