"""How tests are spread over the workers of pytest-xdist: what shares an expensive fixture stays together."""

from xdist.scheduler.loadscope import LoadScopeScheduling

#: Folders whose tests share one thing that takes seconds to make: a laptop with a browser, a synthesis of the stacks.
TOGETHER = ("tests/browser/", "tests/infra/")


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """A worker is given whole files, or a whole folder where all of it shares one fixture, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)
