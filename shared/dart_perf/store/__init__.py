"""Where baselines, runs, series and jobs are kept."""

from dart_perf.store.contract import Store
from dart_perf.system import require


def open_store(url: str) -> Store:
    """Return the store at `url`, e.g. `file:.dart-perf`; a folder is made by the first write, not before.

    Raises:
        UnsupportedSystem: no store can be locked on this operating system.
        InvalidInput: the scheme or the path is none that can be opened; names what exists.
        NewerSchema: a newer dart-perf wrote it.
    """
    require()  # before the import of what only some systems have
    from dart_perf.store.files import FileStore  # the contract alone stays cheap to import

    return FileStore.open(url)
