import {formatCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {formatFloat, formatFloatTime} from "@web/views/fields/formatters";

/**
 * Minutes as hours and minutes ("3:45"), without zeros that say nothing.
 *
 * @param {number} minutes
 * @returns {string}
 */
export function formatMinutes(minutes) {
    return formatFloatTime((minutes || 0) / 60);
}

/**
 * Time credit the way the contract shows it: hours, or tickets of N minutes.
 *
 * @param {number} minutes
 * @param {{time_display?: string, minutes_per_ticket?: number}} policy
 * @returns {string}
 */
export function formatTimeCredit(minutes, policy = {}) {
    if (policy.time_display === "tickets" && policy.minutes_per_ticket) {
        const tickets = (minutes || 0) / policy.minutes_per_ticket;
        const digits = Number.isInteger(tickets) ? [16, 0] : [16, 1];
        const number = formatFloat(tickets, {digits});
        return tickets === 1 ? _t("%s ticket", number) : _t("%s tickets", number);
    }
    return _t("%s h", formatMinutes(minutes));
}

/**
 * A quantity of credit of either unit.
 *
 * @param {number} quantity money, or minutes
 * @param {"money"|"time"} unit
 * @param {{currency_id?: number, time_display?: string, minutes_per_ticket?: number}} policy
 * @returns {string}
 */
export function formatCredit(quantity, unit, policy = {}) {
    return unit === "time"
        ? formatTimeCredit(quantity, policy)
        : formatCurrency(quantity || 0, policy.currency_id);
}
