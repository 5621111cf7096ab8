import {
    ListDateTimeField,
    listDateTimeField,
} from "@web/views/fields/datetime/list_datetime_field";
import {_t} from "@web/core/l10n/translation";
import {formatDateTime} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";

/** When work began: only the time, where the day stands beside it. */
export class SupportStartField extends ListDateTimeField {
    getFormattedValue(index, numeric) {
        const value = this.values[index];
        // The tooltip has it all.
        return value && !numeric
            ? formatDateTime(value, {showDate: false, showSeconds: false})
            : super.getFormattedValue(index, numeric);
    }
}

export const supportStartField = {
    ...listDateTimeField,
    component: SupportStartField,
    displayName: _t("Start of work"),
    listViewWidth: [70, 80],
};

registry.category("fields").add("list.support_start", supportStartField);
