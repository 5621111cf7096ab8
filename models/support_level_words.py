# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

#: The order in which a sentence names the windows.
WINDOWS = ("any", "business", "outside")


class SupportLevelWords(models.AbstractModel):
    """What a level promises, in a customer's words."""

    _name = "support.level.words"
    _description = "Service Level: Words"

    def _get_target_sentences(self):
        """Such as "Response within 4 h in business hours, 12 h outside"."""
        sentences = []
        for kind in ("response", "resolution"):
            targets = self.target_ids.filtered(lambda t, kind=kind: t.kind == kind)
            for priority in sorted(set(targets.mapped("priority"))):
                own = targets.filtered(lambda t, p=priority: t.priority == p)
                own = own.sorted(lambda target: WINDOWS.index(target.window))
                sentences.append(own._get_target_sentence())
        return sentences


class SupportLevelTargetWords(models.AbstractModel):
    _name = "support.level.target.words"
    _description = "Service Level Target: Words"

    def _get_target_sentence(self):
        """Targets of one kind and priority as one sentence."""
        first = self[0]
        times = ", ".join(target._get_target_phrase() for target in self)
        if first.kind == "response":
            text = self.env._("Response within %(times)s", times=times)
        else:
            text = self.env._("Resolution within %(times)s", times=times)
        if first.priority == "0":
            return text
        labels = dict(self._fields["priority"]._description_selection(self.env))
        return self.env._(
            "%(promise)s, from priority %(priority)s on",
            promise=text,
            priority=labels[first.priority],
        )

    def _get_target_phrase(self):
        self.ensure_one()
        time = self._get_target_time()
        if self.window == "business":
            return self.env._("%(time)s in business hours", time=time)
        if self.window == "outside":
            return self.env._("%(time)s outside", time=time)
        if self.clock == "elapsed":
            return self.env._("%(time)s, 7 days a week", time=time)
        return time

    def _get_target_time(self):
        """ "4 h", "30 min", "1 h 30 min"; working time is named as such."""
        hours, minutes = divmod(self.minutes, 60)
        if not hours:
            text = self.env._("%(minutes)s min", minutes=minutes)
        elif not minutes:
            text = self.env._("%(hours)s h", hours=hours)
        else:
            text = self.env._(
                "%(hours)s h %(minutes)s min", hours=hours, minutes=minutes
            )
        if self.clock == "working":
            return self.env._("%(time)s of opening time", time=text)
        return text
