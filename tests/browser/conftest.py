"""One browser and one founded company for a test process, and a company of its own for whoever changes something."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.company import Company, company, founded
from tests.browser.stage import Stage, chromium
from tests.browser.visit import Front


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that shows pages runs in the browser's thread, and fails of whatever went wrong in a page."""
    front: Front | None = pyfuncitem.funcargs.get("front")
    if front is None:
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    try:
        front.stage.do(pyfuncitem.obj, **wanted)
    except BaseException as error:
        error.add_note(_told(front.stage.do(front.close, failed=True), front.crm))
        raise
    troubles = front.stage.do(front.close)
    assert troubles == [], _told(troubles, front.crm)
    return True


def _told(troubles: list[str], crm: Company) -> str:
    return "\n".join(["The browser complained of:", *troubles, "The processes:", crm.log[-5000:]])


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The browser."""
    chromium()
    found = Stage()
    yield found
    found.end()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The founded company, made once for all test processes."""
    own = tmp_path_factory.getbasetemp()
    return founded(own.parent if own.name.startswith("popen-") else own)


@pytest.fixture(scope="session")
def looked_at(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company in which nobody changes anything."""
    with company(tmp_path_factory.mktemp("looked_at"), template) as crm:
        yield crm


@pytest.fixture(scope="session")
def reception(stage: Stage, looked_at: Company) -> Front:
    """Remembers who is logged in there, and keeps their windows open."""
    return Front(stage, looked_at, keeps=True)


@pytest.fixture
def crm(template: Path, tmp_path: Path) -> Iterator[Company]:
    """A company of this test's own."""
    with company(tmp_path, template) as found:
        yield found


@pytest.fixture
def front(request: pytest.FixtureRequest) -> Front:
    """Windows into the company of the test's own, or, if it has none, into that in which nobody changes anything."""
    if "crm" in request.fixturenames:
        return Front(request.getfixturevalue("stage"), request.getfixturevalue("crm"))
    reception: Front = request.getfixturevalue("reception")
    return reception
