"""Merge a fresh export into the .pot and .po files: EXPORT TEMPLATE PO..."""

import sys
from pathlib import Path

import polib

HEADER = ("Project-Id-Version", "Report-Msgid-Bugs-To", "MIME-Version")
HEADER += ("Content-Type", "Content-Transfer-Encoding")
WIDTH = 78


def main(export, template, *translations):
    exported = polib.pofile(export, wrapwidth=WIDTH)
    # Dates in the header would change with every export.
    exported.metadata = {
        key: value for key, value in exported.metadata.items() if key in HEADER
    }
    exported.save(template)
    print(f"{template}: {len(exported)} terms")
    for path in map(Path, translations):
        _merge(exported, path)


def _merge(exported, path):
    language = polib.POFile(wrapwidth=WIDTH)
    if path.exists():
        language = polib.pofile(str(path), wrapwidth=WIDTH)
    language.metadata = {**exported.metadata, "Language": path.stem}
    language.header = exported.header
    language.merge(exported)
    for entry in language.obsolete_entries():
        language.remove(entry)
    # The order of the export, so that a change of code moves nothing else.
    place = {(entry.msgid, entry.msgctxt): i for i, entry in enumerate(exported)}
    language.sort(key=lambda entry: place[entry.msgid, entry.msgctxt])
    language.save(str(path))
    print(f"{path}: {language.percent_translated()} % of {len(language)} terms")


if __name__ == "__main__":
    main(*sys.argv[1:])
