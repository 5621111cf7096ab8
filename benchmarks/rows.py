# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The rows of the table, in the order in which they are measured."""

from balances import measure_balances
from batches import measure_batches
from breaches import DUE, measure_breaches
from burning import measure_burndown
from clients import measure_clients
from history import add_history
from invoices import BARE, OVERRUN, measure_invoices
from invoices import SALE as DELIVERED
from lines import LINE, measure_lines
from measure import call, in_environment
from pricing import measure_engine, measure_share
from world import OURS, PLAIN, VARIANTS, World

from report import cell, ratio, verdict

TITLES = {
    "create": "one line by RPC",
    "edit": "edit of a line",
    "delete": "delete of a line",
}


class Rows:
    def __init__(self, registry, options):
        self.registry, self.options = registry, options
        self.world = self._commit(World)
        self.table, self.notes = [], []
        self.empty = None

    def _commit(self, function):
        return in_environment(self.registry, function)

    def _customers(self, count, **options):
        return self._commit(lambda env: self.world.customers(env, count, **options))

    def _size(self, full, least=1):
        return max(least, int(full * self.options.scale))

    # -- single lines ------------------------------------------------------------------

    def line(self):
        (customer,) = self._customers(1)
        self.empty = self._lines(customer)
        self._add_line("create", "empty history", self.empty, limit=1.5)

    def history(self):
        (customer,) = self._customers(1)
        count = self._size(100_000, 1000)
        samples = {
            variant: call(
                self.registry,
                self.world.user,
                LINE,
                "create",
                [customer.line(variant, 3000)],
            )[0][0]
            for variant in VARIANTS
        }
        self._commit(lambda env: add_history(env, customer, samples, count))
        found = self._lines(customer)
        for action, limit in (("create", 1.5), ("edit", 2.0), ("delete", 2.0)):
            self._add_line(action, f"{count:,} lines behind it", found, limit)
        if self.empty:
            for action in TITLES:
                before, after = self.empty[action][OURS], found[action][OURS]
                self.notes.append(
                    f"{TITLES[action]}, ours: {before.ms:.1f} ms and {before.count}"
                    f" queries on the empty history, {after.ms:.1f} ms and"
                    f" {after.count} queries with {count:,} lines behind it"
                )

    def _lines(self, customer):
        runs = self.options.runs
        return measure_lines(self.registry, self.world, customer, runs, 3100)

    def _add_line(self, action, where, samples, limit):
        plain, sale, ours = (samples[action][variant] for variant in VARIANTS)
        more = ours.count - plain.count
        self.table.append(
            (
                f"{TITLES[action]}, {where}",
                f"1.0 ({cell(plain.ms, plain.count)})",
                cell(sale.ms, sale.count, plain.ms),
                f"{cell(ours.ms, ours.count, plain.ms)}, {more} queries more",
                f"≤ {limit}x" + (", ≤ 16 more" if action == "create" else ""),
                verdict(
                    ratio(ours.ms, plain.ms) <= limit,
                    action != "create" or more <= 16,
                ),
            )
        )

    # -- many lines --------------------------------------------------------------------

    def batch(self):
        size = self._size(1000, 200)
        customers = self._customers(50)
        samples, growth = measure_batches(
            self.registry, self.world, customers, size, runs=5
        )
        base = samples[PLAIN][size].ms
        cells = [
            f"{ratio(one.ms, base):.2f}x ({one.ms / size:.2f} ms,"
            f" {one.count / size:.3f} queries per line)"
            for one in (samples[variant][size] for variant in VARIANTS)
        ]
        counts = {
            variant: {lines: one.count for lines, one in samples[variant].items()}
            for variant in VARIANTS
        }
        per_100 = {
            variant: (found[size * 2] - found[size // 2]) / (size * 1.5) * 100
            for variant, found in counts.items()
        }
        linear = abs(
            (counts[OURS][size * 2] - counts[OURS][size]) / 2
            - (counts[OURS][size] - counts[OURS][size // 2])
        )
        self.table.append(
            (
                f"batch of {size:,} lines in one create, 50 customers",
                *cells,
                "≤ 2.5x, floor + c per 100 lines, < 50 MB",
                verdict(
                    ratio(samples[OURS][size].ms, base) <= 2.5,
                    linear <= 3,
                    growth[OURS] < 50,
                ),
            )
        )
        for variant in VARIANTS:
            shown = ", ".join(
                f"{count} for {lines:,}" for lines, count in counts[variant].items()
            )
            self.notes.append(
                f"batch, {variant}: queries {shown} lines"
                f" (c = {per_100[variant]:.1f} per 100 lines);"
                f" memory grew by {growth[variant]:.1f} MB at most"
            )

    # -- rating ------------------------------------------------------------------------

    def rating(self):
        count = self._size(10_000, 1000)
        plain, full = measure_engine(count)
        self.table.append(
            (
                f"rating alone, {count:,} interventions",
                "-",
                "-",
                f"{plain:.0f} µs per intervention; {full:.0f} µs over closing time with"
                " discount and travel fee",
                "the order of 100 µs",
                verdict(plain <= 200),
            )
        )
        (customer,) = self._customers(1)
        whole, rated = measure_share(
            self.registry, self.world, customer, self.options.runs, 3200
        )
        share = 100 * rated.ms / whole.ms
        self.table.append(
            (
                "rating within one line by RPC",
                "-",
                "-",
                f"{rated.ms:.2f} of {whole.ms:.1f} ms, {share:.1f} %",
                "< 20 %",
                verdict(share < 20),
            )
        )

    # -- balance -----------------------------------------------------------------------

    def balance(self):
        many = self._size(1_000_000, 10_000)
        few, full = measure_balances(
            self.registry, self.world, self._customers(2), (1000, many), runs=31
        )
        self.table.append(
            (
                f"balance of a contract, {many:,} entries",
                "-",
                "-",
                f"{cell(full.ms, full.count)};"
                f" with 1,000 entries {cell(few.ms, few.count)}",
                "its open lots only, flat",
                verdict(full.count == few.count, ratio(full.ms, few.ms) <= 1.5),
            )
        )

    # -- invoices ----------------------------------------------------------------------

    def invoice(self):
        customers, lines = self._size(200, 5), 50
        found = measure_invoices(self.registry, self.world, customers, lines)
        for step, limit in (("create", 1.5), ("post", 1.3)):
            bare, sale, ours = (
                found[kind][step] for kind in (BARE, DELIVERED, OVERRUN)
            )
            self.table.append(
                (
                    f"month-end overrun invoices, {customers} customers"
                    f" x {lines} lines: {step}",
                    f"bare account.move 1.0 ({cell(*bare[:2])})",
                    cell(*sale[:2], bare[0]),
                    cell(*ours[:2], bare[0]),
                    f"≤ {limit}x",
                    verdict(
                        ratio(ours[0], bare[0]) <= limit,
                        bare[2] == sale[2] == ours[2] == customers * lines,
                    ),
                )
            )

    # -- service levels ----------------------------------------------------------------

    def breach(self):
        sizes = (self._size(5_000, 100), self._size(50_000, 1000))
        few, many = measure_breaches(
            self.registry, self.world, self._customers(1), sizes, runs=5
        )
        indexed = all(
            "support_sla_date_next_index" in plan and "Seq Scan" not in plan
            for _number, _sample, plan in (few, many)
        )
        cells = [cell(one[1].ms, one[1].count) for one in (few, many)]
        self.table.append(
            (
                f"{DUE} missed targets noted, of {many[0]:,} open tickets",
                "-",
                "-",
                f"{cells[1]}; of {few[0]:,} {cells[0]}",
                "the same queries, an index scan",
                verdict(few[1].count == many[1].count, indexed),
            )
        )
        plan = " / ".join(line.strip() for line in many[2].splitlines())
        self.notes.append(f"search of missed targets, EXPLAIN: {plan}")

    # -- burning -----------------------------------------------------------------------

    def burndown(self):
        customers = self._size(1000, 10)
        found = [
            measure_burndown(self.registry, customers, debits=100) for _run in range(5)
        ]
        sql, engine = (
            sorted(one[side] for one in found)[len(found) // 2] for side in (0, 1)
        )
        self.table.append(
            (
                f"burn-down alone, {customers * 100:,} debits, {customers:,} customers"
                " x 3 lots",
                f"set-based SQL 1.0 ({sql[0]:.1f} µs per debit)",
                "-",
                f"engine {ratio(engine[0], sql[0]):.2f}x"
                f" ({engine[0]:.1f} µs per debit)",
                "≤ 4x, no I/O",
                verdict(ratio(engine[0], sql[0]) <= 4, sql[1] == engine[1]),
            )
        )

    # -- clients -----------------------------------------------------------------------

    def clients(self):
        seconds = self.options.seconds
        # The last one runs out at once: eight technicians on the last hours.
        for title, count, credit, duration in (
            ("one lot", 1, {}, seconds),
            ("8 lots", 8, {}, seconds),
            ("the last 5 hours of one lot", 1, {"credit": 625.0}, min(20, seconds)),
        ):
            customers = self._customers(count, **credit)
            seen = measure_clients(
                self.registry, self.options, self.world, customers, duration
            )
            self.table.append(
                (
                    f"8 clients against a 2-worker server for {duration:g} s, {title}",
                    "-",
                    "-",
                    f"{seen.stored / duration:.1f} lines per second ({seen.stored}"
                    f" stored), {seen.retries} retries, {seen.refused} refused"
                    f" ({seen.given_up} after 5 tries); {seen.overdrawn} lots"
                    f" overdrawn, {seen.lost} lines without debit or overrun,"
                    f" {seen.wrong_lots} lots and {seen.unexplained} charges that do"
                    f" not add up, {seen.overrun} charges with overrun",
                    "no overdraft, nothing lost",
                    verdict(not seen.broken, seen.stored),
                )
            )
