import {Component, onWillUnmount, useState, xml} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;
/** How often the time left is told anew, in milliseconds. */
const TICK = 15000;
const COLORS = {
    breached: "text-bg-danger",
    warning: "text-bg-warning",
    running: "text-bg-success",
};

/** The time left until a deadline, ticking, in the colour of its service level. */
export class SupportCountdownField extends Component {
    static template = xml`
        <span
            t-if="due"
            class="o_support_countdown badge fw-normal text-nowrap"
            t-att-class="color"
            t-att-title="title"
        ><i class="fa fa-clock-o me-1"/><t t-out="left"/></span>`;
    static props = {...standardFieldProps};

    setup() {
        this.clock = useState({now: DateTime.now()});
        const ticking = setInterval(() => (this.clock.now = DateTime.now()), TICK);
        onWillUnmount(() => clearInterval(ticking));
    }

    get due() {
        return this.props.record.data[this.props.name];
    }

    get minutes() {
        return Math.floor(this.due.diff(this.clock.now, "minutes").minutes);
    }

    get color() {
        // The deadline may pass while the screen is open.
        const state = this.props.record.data.support_sla_state;
        return COLORS[this.minutes < 0 ? "breached" : state] || "text-bg-secondary";
    }

    get title() {
        const moment = formatDateTime(this.due);
        return this.props.record.data.support_due_kind === "resolution"
            ? _t("Resolution is due %s", moment)
            : _t("Response is due %s", moment);
    }

    get left() {
        const minutes = Math.abs(this.minutes);
        const days = Math.floor(minutes / 1440);
        const hours = Math.floor(minutes / 60);
        const time =
            hours >= 48
                ? _t("%(days)s d %(hours)s h", {days, hours: hours % 24})
                : `${hours}:${String(minutes % 60).padStart(2, "0")} h`;
        return this.minutes < 0 ? _t("%s late", time) : _t("%s left", time);
    }
}

export const supportCountdownField = {
    component: SupportCountdownField,
    displayName: _t("Countdown to a deadline"),
    supportedTypes: ["datetime"],
    listViewWidth: [110, 150],
    fieldDependencies: [
        {name: "support_sla_state", type: "selection"},
        {name: "support_due_kind", type: "selection"},
    ],
};

registry.category("fields").add("support_countdown", supportCountdownField);
