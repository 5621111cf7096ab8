"""`make i18n`: export the terms to translate and merge them into each language."""

from process import environment, run
from state import ADDON, CHECKOUT, DEV, step
from workbench import workbench

LANGUAGES = ("nl", "fr", "de")


def export():
    folder = CHECKOUT / "i18n"
    folder.mkdir(exist_ok=True)
    template = folder / f"{ADDON}.pot"
    with workbench() as bench:
        # Without demo data: its texts are nothing to translate.
        database = bench.fresh("i18n", demo=False)
        with step(f"export {template.name}"):
            exported = bench.databases.data / template.name
            command = bench.odoo(database, "-o", exported, ADDON, command="i18n export")
            run(*command, env=bench.environment)
        files = [folder / f"{language}.po" for language in LANGUAGES]
        script = DEV / "merge_translations.py"
        run(bench.python, script, exported, template, *files, env=environment())
        bench.databases.drop(database)
