"""Two workspaces side by side, one by its own app, one by the shared one: who may what."""

import json

import pytest
import requests
from sqlalchemy import select

from app.extensions import db
from app.ledgers.errors import Misconfigured
from app.models import Alert, Connection, InboundEvent, Mail, OwnApp, Revocation
from app.secrets import unseal
from app.usecases import manage_connection
from app.usecases.accounts import AccountRefused
from app.usecases.book.receive_webhook import receive
from app.usecases.book.replay_notices import Span, replay_one, replay_span
from app.usecases.go_live import Start
from app.usecases.permission import give_back, own_app
from app.usecases.permission.connect import ConnectRefused, add_headless, begin, finish
from app.usecases.permission.keep_fresh import keep_fresh
from app.usecases.permission.rotate_keys import rotate_keys
from simulator.client import CLIENT_ID, CLIENT_SECRET, NORTHGATE, SEVERNSIDE, VERIFIER_TOKEN
from tests.builders import a_reader, a_workspace
from tests.connected import connect, now
from tests.functional.test_connect import consent
from tests.noticed import PATH, body_of, change, merge, signed

OWN, SECRET, VERIFIER = "own-client", "own-secret", "own-verifier"
OWN_PATH = f"{PATH}/southgate"


class Southgate:
    """A workspace with an app of its own, and a company connected by it."""

    def __init__(self, simulator):
        self.simulator = simulator
        simulator.register_client(OWN, SECRET)
        self.workspace_id = a_workspace("southgate").id
        a_reader(self.workspace_id, "sue")
        db.session.commit()
        self.own_app_id = self.bring().id
        self.connection_id = self.connect()

    def bring(self, client_id=OWN, secret=SECRET, verifier=VERIFIER):
        who = {"actor": "Sue", "user_id": None, "now": now()}
        return own_app.bring(self.workspace_id, "quickbooks", client_id, secret, verifier, **who)

    def connect(self, token=None, own=True):
        token = token or self.simulator.issue_refresh_token(SEVERNSIDE, OWN)
        place = (self.workspace_id, "quickbooks", "sandbox", SEVERNSIDE, token)
        return add_headless(*place, "command line", now(), Start(own_app=own))

    @property
    def connection(self):
        return db.session.get_one(Connection, self.connection_id, populate_existing=True)

    @property
    def token(self):
        return unseal(self.connection.grant.refresh_token_encrypted)


@pytest.fixture
def northgate(app_context, simulator):
    return connect(simulator)


@pytest.fixture
def southgate(northgate, simulator):
    return Southgate(simulator)


def lives(simulator, token, client=(OWN, SECRET)):
    place = requests.get(simulator.discovery_url, timeout=5).json()["token_endpoint"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return requests.post(place, data=form, auth=client, timeout=5).status_code == 200


def version(connection_id):
    return db.session.get_one(Connection, connection_id, populate_existing=True).grant.version


def post(client, path, raw, token):
    status = client.post(path, data=raw, headers=signed(raw, token)).status_code
    db.session.info.clear()  # the session is the test's too, and sees every workspace
    return status


def heard():
    return [
        (row.event_id, row.connection_id)
        for row in db.session.scalars(select(InboundEvent).order_by(InboundEvent.id))
        if row.status == "accepted" and row.type != "body"
    ]


class TestPermissions:
    def test_each_is_renewed_by_the_app_it_was_given_to(self, northgate, southgate, simulator):
        for each in (northgate.connection_id, southgate.connection_id):
            before = version(each)
            keep_fresh(each, now())
            assert version(each) == before + 1
        assert not lives(simulator, southgate.token, (CLIENT_ID, CLIENT_SECRET))
        assert lives(simulator, southgate.token)

    def test_it_is_given_back_by_that_app_also_when_the_vendor_was_away(self, southgate, simulator):
        token = southgate.token
        simulator.inject("unavailable", entity="token", operation="revoke")
        assert not manage_connection.disconnect(southgate.connection_id, "Sue", None, now())
        assert db.session.scalars(select(Revocation)).one().own_app_id == southgate.own_app_id
        assert not own_app.take_out(southgate.bring(), "Sue", None, now())  # it is needed for that
        assert give_back.give_back(southgate.connection_id, now())
        assert not lives(simulator, token)
        retired = db.session.scalars(select(OwnApp)).one()
        assert own_app.take_out(retired, "Sue", None, now())

    def test_a_token_of_the_other_app_connects_nothing(self, southgate, simulator):
        token = simulator.issue_refresh_token(SEVERNSIDE, OWN)
        with pytest.raises(ConnectRefused, match="did not accept this refresh token"):
            southgate.connect(token, own=False)
        with pytest.raises(ConnectRefused, match="did not accept this refresh token"):
            southgate.connect(simulator.issue_refresh_token(SEVERNSIDE))
        assert southgate.connection.grant.own_app_id == southgate.own_app_id

    def test_people_are_asked_by_their_own_app_and_by_no_other(
        self, northgate, southgate, simulator
    ):
        def asked(workspace_id):
            return begin(workspace_id, 1, "quickbooks", "sandbox", now())

        assert f"client_id={CLIENT_ID}&" in asked(northgate.workspace_id)
        address = asked(southgate.workspace_id)
        assert f"client_id={OWN}&" in address
        answer = consent(address, SEVERNSIDE)
        made = finish(southgate.workspace_id, 1, "Sue", "quickbooks", answer, now())
        assert made == southgate.connection_id
        assert southgate.connection.grant.own_app_id == southgate.own_app_id

    def test_one_taken_out_while_somebody_consents_connects_nothing(self, southgate):
        address = begin(southgate.workspace_id, 1, "quickbooks", "sandbox", now())
        own_app.take_out(db.session.scalars(select(OwnApp)).one(), "Sue", None, now())
        with pytest.raises(ConnectRefused, match="was taken out of use meanwhile"):
            finish(
                southgate.workspace_id, 1, "Sue", "quickbooks", consent(address, SEVERNSIDE), now()
            )

    def test_a_company_goes_on_by_a_retired_app_and_moves_with_a_reconnect(
        self, southgate, simulator
    ):
        simulator.register_client("second", "its-secret")
        second = southgate.bring("second", "its-secret", "")
        keep_fresh(southgate.connection_id, now())
        assert southgate.connection.grant.own_app_id == southgate.own_app_id
        southgate.connect(simulator.issue_refresh_token(SEVERNSIDE, "second"))
        keep_fresh(southgate.connection_id, now())
        assert southgate.connection.grant.own_app_id == second.id

    def test_a_secret_changed_at_the_vendor_rings_for_owners_in_their_words(
        self, southgate, simulator
    ):
        simulator.register_client(OWN, "made-anew")
        with pytest.raises(Misconfigured):
            keep_fresh(southgate.connection_id, now())
        [mail] = db.session.scalars(select(Mail).where(Mail.subject.like("Intuit%")))
        assert mail.recipients == ["sue@northgate.example"]
        assert "into Settings, Your own app." in mail.body_text
        assert "INTUIT_CLIENT_ID" not in mail.body_text
        own = db.session.scalars(select(OwnApp)).one()
        with pytest.raises(AccountRefused, match="does not know this client ID with this secret"):
            own_app.replace_secret(own, "a-slip", "Sue", None, now())
        own_app.replace_secret(own, "made-anew", "Sue", None, now())
        keep_fresh(southgate.connection_id, now())
        assert not db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all()

    def test_no_permission_can_name_another_workspaces_app(self, northgate, southgate):
        grant = db.session.get_one(Connection, northgate.connection_id).grant
        grant.own_app_id = southgate.own_app_id
        with pytest.raises(Exception, match="fk_oauth_grant_own_app_id_workspace_id"):
            db.session.commit()
        db.session.rollback()

    def test_a_rotation_of_keys_encrypts_them_anew(self, southgate):
        own = db.session.get_one(OwnApp, southgate.own_app_id)
        own_app.replace_verifier(own, "newer", "Sue", None, now())
        names = [c.name for c in OwnApp.__table__.columns if c.name.endswith("_encrypted")]
        before = {name: getattr(own, name) for name in names}
        assert len(before) == 3
        assert rotate_keys().unreadable == []
        db.session.expire_all()
        for name, sealed in before.items():
            assert getattr(own, name) != sealed
            assert unseal(getattr(own, name)) == unseal(sealed)


class TestNotices:
    @pytest.fixture
    def client(self, app, southgate):
        return app.test_client()

    def test_each_door_believes_its_own_verifier_only(self, northgate, southgate, client):
        theirs = body_of(change("evt-n", company=NORTHGATE))
        own = body_of(change("evt-s", company=SEVERNSIDE))
        assert post(client, OWN_PATH, own, VERIFIER_TOKEN) == 401
        assert post(client, PATH, own, VERIFIER) == 401
        assert post(client, f"{PATH}/northgate", theirs, VERIFIER) == 401
        assert post(client, f"{PATH}/nobody", theirs, VERIFIER) == 404
        assert heard() == []
        assert post(client, PATH, theirs, VERIFIER_TOKEN) == 200
        assert post(client, OWN_PATH, own, VERIFIER) == 200
        expected = [("evt-n", northgate.connection_id), ("evt-s", southgate.connection_id)]
        assert heard() == expected
        refusals = select(InboundEvent.workspace_id).where(InboundEvent.status == "refused")
        places = db.session.scalars(refusals.order_by(InboundEvent.id)).all()
        assert places == [southgate.workspace_id, None, northgate.workspace_id]

    def test_an_own_verifier_never_speaks_for_another_workspaces_company(
        self, northgate, southgate, client
    ):
        wished = db.session.get_one(Connection, northgate.connection_id).pull_wanted_at
        odd = body_of(
            change("evt-1", company=NORTHGATE),
            merge("evt-2", "58", "61", company=NORTHGATE),
            change("evt-3", company=SEVERNSIDE),
        )
        door = southgate.workspace_id
        assert receive("quickbooks", odd, signed(odd, VERIFIER), None, now(), door).stored == 1
        db.session.expire_all()
        assert heard() == [("evt-3", southgate.connection_id)]
        connection = db.session.get_one(Connection, northgate.connection_id)
        assert connection.pull_wanted_at == wished
        # Nor is it read for them later on, and the true notice is no repeat of the false one.
        assert replay_span(northgate.connection_id, Span(), "Priya Nair", None, now()).notices == 0
        true = body_of(change("evt-1", company=NORTHGATE))
        assert post(client, PATH, true, VERIFIER_TOKEN) == 200
        assert ("evt-1", northgate.connection_id) in heard()

    def test_it_is_replayed_for_its_own_workspace(self, southgate, client):
        post(client, OWN_PATH, body_of(change("evt-1", company=SEVERNSIDE)), VERIFIER)
        [event] = db.session.scalars(
            select(InboundEvent).where(InboundEvent.connection_id == southgate.connection_id)
        )
        assert replay_one(event, "Sue", None, now()).notices == 1

    def test_two_verifiers_count_while_one_is_changed(self, southgate, client):
        own = db.session.get_one(OwnApp, southgate.own_app_id)
        own_app.replace_verifier(own, "newer", "Sue", None, now())
        raw = body_of(change("evt-1", company=SEVERNSIDE))
        assert [post(client, OWN_PATH, raw, token) for token in ("newer", VERIFIER)] == [200, 200]
        own_app.end_verifier_before(own, "Sue", None)
        assert [post(client, OWN_PATH, raw, token) for token in ("newer", VERIFIER)] == [200, 401]


def test_the_doctor_says_which_app_is_used(southgate, cli):
    said = json.loads(cli.invoke(args=["doctor", "--json"]).output)
    whats = [finding["what"] for finding in said["findings"]]
    assert f"shared Intuit app {CLIENT_ID}, 1 company by it" in whats
    [own] = [what for what in whats if what.startswith("own Intuit app")]
    assert own.startswith(f"own Intuit app {OWN} of southgate, 1 company by it, notices to ")
    assert own.endswith(OWN_PATH)
    assert SECRET not in json.dumps(said)
