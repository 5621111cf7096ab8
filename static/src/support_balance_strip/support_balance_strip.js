import {Component} from "@odoo/owl";

import {deserializeDate, formatDate, today} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatCurrency} from "@web/core/currency";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {formatCredit, formatMinutes} from "../support_units";

const STATES = {
    none: {label: _t("No credit yet"), color: "secondary"},
    ok: {label: _t("Enough"), color: "success"},
    low: {label: _t("Low"), color: "warning"},
    exhausted: {label: _t("Exhausted"), color: "danger"},
};

/**
 * What is left of a contract's credit, as a bar for each unit.
 *
 * The value is the JSON of `support.contract._get_balances`; all wording and formatting
 * happens here, in the reader's language.
 */
export class SupportBalanceStrip extends Component {
    static template = "prepaid_support.SupportBalanceStrip";
    static props = {
        ...standardFieldProps,
        contractField: {type: String, optional: true},
        customerField: {type: String, optional: true},
        compact: {type: Boolean, optional: true},
    };

    setup() {
        this.action = useService("action");
    }

    get balance() {
        return this.props.record.data[this.props.name] || null;
    }

    /** The contract to open on a click; none on the contract's own form. */
    get contract() {
        const {contractField, record} = this.props;
        return (contractField && record.data[contractField]) || null;
    }

    get hint() {
        const {customerField, record} = this.props;
        if (customerField && !record.data[customerField]) {
            return _t("No customer: choose one to see the credit.");
        }
        if (record.data.support_no_contract === "order") {
            return _t("No contract: this time is left to the sales order.");
        }
        return _t("No contract: this time will wait for the dispatcher.");
    }

    get state() {
        return STATES[this.balance.credit_state] || STATES.none;
    }

    /** One bar per unit of which there is, or was, open credit. */
    get bars() {
        return ["money", "time"]
            .filter((unit) => this.balance[unit])
            .map((unit) => this.makeBar(unit, this.balance[unit]));
    }

    makeBar(unit, {granted, used, lapsed, remaining, reserved}) {
        const format = (quantity) => formatCredit(quantity, unit, this.balance);
        const percent = granted > 0 ? (100 * remaining) / granted : 0;
        return {
            unit,
            percent: Math.min(100, Math.max(0, percent)),
            color: this.barColor(remaining, percent),
            remaining: format(remaining),
            granted: format(granted),
            used: format(used),
            lapsed: lapsed ? format(lapsed) : "",
            reserved: reserved ? format(reserved) : "",
        };
    }

    barColor(remaining, percent) {
        if (remaining <= 0) {
            return "danger";
        }
        return percent < this.balance.warning_percent ? "warning" : "success";
    }

    get threshold() {
        return Math.min(100, Math.max(0, this.balance.warning_percent || 0));
    }

    get thresholdTitle() {
        return _t("Credit counts as low below %s %", this.threshold);
    }

    get pending() {
        const minutes = this.balance.pending_minutes;
        return minutes ? _t("%s h", formatMinutes(minutes)) : "";
    }

    get overrun() {
        const {overrun_amount, currency_id} = this.balance;
        return overrun_amount ? formatCurrency(overrun_amount, currency_id) : "";
    }

    get expiry() {
        const value = this.balance.expires_on;
        if (!value) {
            return null;
        }
        const date = deserializeDate(value);
        return {
            date: formatDate(date),
            soon: date.diff(today(), "days").days <= this.balance.expiry_warning_days,
        };
    }

    async openContract() {
        if (!this.contract) {
            return;
        }
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "support.contract",
            res_id: this.contract.id,
            views: [[false, "form"]],
        });
    }
}

export const supportBalanceStrip = {
    component: SupportBalanceStrip,
    displayName: _t("Support credit"),
    supportedTypes: ["json"],
    extractProps: ({options}) => ({
        contractField: options.contract_field,
        customerField: options.customer_field,
        compact: Boolean(options.compact),
    }),
    fieldDependencies: ({options}) =>
        [options.contract_field, options.customer_field]
            .filter(Boolean)
            .map((name) => ({name, type: "many2one"})),
};

registry.category("fields").add("support_balance_strip", supportBalanceStrip);
