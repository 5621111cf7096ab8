import {Component, onWillUnmount, useState, xml} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;

/** The time since a moment, ticking: "0:04:31". */
export class SupportTimerField extends Component {
    static template = xml`
        <span
            t-if="start"
            class="o_support_timer badge text-bg-success fs-6 fw-normal align-self-center"
            t-att-title="title"
        ><i class="fa fa-clock-o me-1"/><t t-out="elapsed"/></span>`;
    static props = {...standardFieldProps};

    setup() {
        this.clock = useState({now: DateTime.now()});
        const ticking = setInterval(() => (this.clock.now = DateTime.now()), 1000);
        onWillUnmount(() => clearInterval(ticking));
    }

    get title() {
        return _t("Your timer is running on this ticket");
    }

    get start() {
        return this.props.record.data[this.props.name];
    }

    get elapsed() {
        const seconds = Math.max(0, this.clock.now.diff(this.start, "seconds").seconds);
        const two = (number) => String(Math.floor(number)).padStart(2, "0");
        return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
    }
}

export const supportTimerField = {
    component: SupportTimerField,
    displayName: _t("Running timer"),
    supportedTypes: ["datetime"],
};

registry.category("fields").add("support_timer", supportTimerField);
