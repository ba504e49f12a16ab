"""azure-identity and google-auth, unchanged, show tokens of somebody's issuer to a running server as they
would to Microsoft and to Google: what they get, and the documented errors."""

import json
import logging
import unittest
import uuid

import jwt
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientAssertionCredential, WorkloadIdentityCredential
from google.auth import exceptions, identity_pool, impersonated_credentials
from google.auth.transport.requests import Request
from other_issuer import Issuer, certificate, proxy
from running import ACCOUNT, Server, run

AUDIENCE = "api://AzureADTokenExchange"
SUBJECT = "repo:acme/shop:ref:refs/heads/main"
SCOPE = "https://vault.azure.net/.default"
PROVIDER = "towpath/steps"
EMAIL = "deploy@shop.iam.gserviceaccount.com"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"


class Federation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.issuer = cls.enterClassContext(Issuer().published())
        port = cls.issuer.url.rsplit(":", 1)[1]
        cls.server = cls.enterClassContext(Server("--allow-address", f"127.0.0.1:{port}"))
        cls.certificate = certificate(cls.server.home / "proxy.pem")
        cls.proxy = cls.enterClassContext(proxy(cls.server.address, cls.certificate))

    def put(self, kind, name, document, check=True):
        file = self.server.home / "party.json"
        file.write_text(json.dumps(document))
        done = self.server.towpath("oidc", "parties", "put", kind, name, str(file), "--json", check=check)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    def credential(self, **changes):
        plain = {"name": "deploy", "issuer": self.issuer.url, "subject": SUBJECT, "audiences": [AUDIENCE]}
        return plain | changes


class Azure(Federation):
    def ask(self, app, token, client_id=None, scope=SCOPE):
        credential = ClientAssertionCredential(
            app["tenantId"], client_id or app["name"], lambda: token, authority=f"{self.proxy}/azure",
            disable_instance_discovery=True, connection_verify=str(self.certificate), retry_total=0)
        with credential:
            return credential.get_token(scope)

    def refused(self, app, token, code, **more):
        with self.assertRaises(ClientAuthenticationError) as refused:
            self.ask(app, token, **more)
        said = refused.exception.response.json()
        self.assertEqual(said["error_codes"], [code], said)
        self.assertIn(f"AADSTS{code}: ", refused.exception.message)
        self.assertIn(f"Trace ID: {said['trace_id']} Correlation ID: {said['correlation_id']}", refused.exception.message)
        uuid.UUID(said["trace_id"])
        return said

    def test_a_token_is_exchanged_for_the_apps_own(self):
        app = self.put("azure-app", "new", self.credential())
        given = self.ask(app, self.issuer.token(sub=SUBJECT, aud=AUDIENCE))
        found = requests.get(
            f"{self.proxy}/azure/{app['tenantId']}/v2.0/.well-known/openid-configuration",
            verify=str(self.certificate), timeout=60).json()
        keys = jwt.PyJWKClient(found["jwks_uri"])
        key = keys.get_signing_key_from_jwt(given.token).key
        said = jwt.decode(given.token, key, ["RS256"], audience="https://vault.azure.net", issuer=found["issuer"])
        self.assertEqual((said["azp"], said["tid"], said["idtyp"]), (app["name"], app["tenantId"], "app"))

    def test_by_the_environment_of_a_workload(self):
        app = self.put("azure-app", "new", self.credential())
        file = self.server.home / "azure-token"
        file.write_text(self.issuer.token(sub=SUBJECT, aud=AUDIENCE))
        words = ["oidc", "parties", "credentials", "azure-app", app["name"], "--token-file", str(file)]
        said = self.server.towpath(*words).stdout
        set_ = dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines())
        self.assertEqual(set_["AZURE_AUTHORITY_HOST"], f"{self.server.address}/azure")
        with WorkloadIdentityCredential(
            tenant_id=set_["AZURE_TENANT_ID"], client_id=set_["AZURE_CLIENT_ID"],
            token_file_path=set_["AZURE_FEDERATED_TOKEN_FILE"], authority=f"{self.proxy}/azure",
            disable_instance_discovery=True, connection_verify=str(self.certificate),
        ) as credential:
            self.assertTrue(credential.get_token(SCOPE).token)

    def test_what_does_not_fit_is_said_by_its_number(self):
        app = self.put("azure-app", "new", self.credential())
        good = {"sub": SUBJECT, "aud": AUDIENCE}
        token = lambda **changes: self.issuer.token(**(good | changes))
        self.refused(app, token(sub="repo:acme/other:ref:refs/heads/main"), 700213)
        self.refused(app, token(sub=SUBJECT.upper()), 7002138)
        self.refused(app, token(aud="sts.amazonaws.com"), 700212)
        self.refused(app, token(iss="https://elsewhere.example"), 700211)
        self.refused(app, token(exp=1_700_000_000, iat=1_699_999_000, nbf=1_699_999_000), 700024)
        self.refused(app, token(), 700016, client_id=str(uuid.uuid4()))
        self.refused(app, token()[:-4] + "AAAA", 700027)
        self.refused(app, "not.a.token", 50027)
        self.refused(app | {"tenantId": str(uuid.uuid4())}, token(), 90002)
        self.refused(app, token(), 1002012, scope="https://vault.azure.net/read")

    def test_an_app_is_held_against_entras_rules(self):
        def refused(words, document):
            self.assertIn(words, self.put("azure-app", "new", document, check=False))
        refused("an app has at most 20", [self.credential(name=f"n-{i}", subject=str(i)) for i in range(21)])
        refused("audiences", self.credential(audiences=["a", "b"]))
        refused("issuer", self.credential(issuer="http://ci.example.com"))
        flexible = {"value": "claims['sub'] matches 'repo:acme/*'", "languageVersion": 1}
        refused("claimsMatchingExpression", self.credential(subject=None, claimsMatchingExpression=flexible))


class Google(Federation):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        pool = f"iam.googleapis.com/projects/{ACCOUNT}/locations/global/workloadIdentityPools/towpath"
        cls.set = f"principalSet://{pool}"
        cls.audience = f"//{pool}/providers/steps"

    def setUp(self):
        self.provider()

    def provider(self, **changes):
        plain = {
            "attributeMapping": {"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"},
            "attributeCondition": "assertion.ref == 'refs/heads/main'",
            "oidc": {"issuerUri": self.issuer.url},
        }
        return self.put("google-provider", PROVIDER, plain | changes)

    def credentials(self, service_account=None, **claims):
        file = self.server.home / "google-token"
        good = {"sub": SUBJECT, "aud": f"https:{self.audience}", "repository": "acme/shop", "ref": "refs/heads/main"}
        file.write_text(self.issuer.token(**(good | claims)))
        words = ["oidc", "parties", "credentials", "google-provider", PROVIDER, "--token-file", str(file)]
        words += ["--service-account", service_account] if service_account else []
        configuration = self.server.home / "google.json"
        configuration.write_text(self.server.towpath(*words).stdout)
        return identity_pool.Credentials.from_file(str(configuration), scopes=[CLOUD])

    def whose(self, token):
        answer = requests.post(f"{self.server.address}/google/v1/introspect", {"token": token}, timeout=60)
        return answer.json()

    def test_a_token_is_exchanged_for_one_of_the_pools(self):
        credentials = self.credentials()
        credentials.refresh(Request())
        said = self.whose(credentials.token)
        pool = self.set.removeprefix("principalSet://")
        self.assertEqual((said["active"], said["username"]), (True, f"principal://{pool}/subject/{SUBJECT}"))
        self.assertTrue(credentials.valid)
        self.assertFalse(self.whose("ya29.other")["active"])

    def test_a_service_account_is_lent_to_its_members(self):
        bindings = lambda member: {"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]}
        self.put("google-service-account", EMAIL, bindings(f"{self.set}/attribute.repository/acme/shop"))
        credentials = self.credentials(EMAIL)
        credentials.refresh(Request())
        self.assertEqual(credentials.service_account_email, EMAIL)
        self.assertEqual(self.whose(credentials.token)["username"], EMAIL)
        self.put("google-service-account", EMAIL, bindings(f"{self.set}/attribute.repository/acme/other"))
        with self.assertRaises(exceptions.RefreshError) as refused:
            self.credentials(EMAIL).refresh(Request())
        self.assertIn("iam.serviceAccounts.getAccessToken", str(refused.exception))

    def test_a_chain_of_delegates_leads_to_a_service_account(self):
        lent = lambda role, member: {"bindings": [{"role": f"roles/iam.{role}", "members": [member]}]}
        first, second = f"first@{EMAIL.split('@')[1]}", f"second@{EMAIL.split('@')[1]}"
        creator, user = "serviceAccountTokenCreator", "workloadIdentityUser"
        self.put("google-service-account", first, lent(creator, f"{self.set}/*"))
        self.put("google-service-account", second, lent(creator, f"serviceAccount:{first}"))
        self.put("google-service-account", EMAIL, lent(user, f"serviceAccount:{second}"))

        def through(*delegates):
            endpoint = f"{self.server.address}/google/v1/projects/-/serviceAccounts/{{}}:generateAccessToken"
            names = [f"projects/-/serviceAccounts/{address}" for address in delegates]
            lent = impersonated_credentials.Credentials(
                self.credentials(), EMAIL, [CLOUD], delegates=names, lifetime=600,
                iam_endpoint_override=endpoint.format(EMAIL))
            lent.refresh(Request())
            return self.whose(lent.token)["username"]

        self.assertEqual(through(first, second), EMAIL)
        for broken in [(), (first,), (second,), (second, first)]:
            with self.assertRaises(exceptions.RefreshError):
                through(*broken)
        self.put("google-service-account", first, lent(user, f"{self.set}/*"))
        with self.assertRaises(exceptions.RefreshError):
            through(first, second)

    def test_what_does_not_fit_is_said_in_googles_words(self):
        def refused(words, **claims):
            with self.assertRaises(exceptions.GoogleAuthError) as refused:
                self.credentials(**claims).refresh(Request())
            self.assertIn(words, str(refused.exception))
        refused("rejected by the attribute condition", ref="refs/heads/other")
        refused("does not match the expected audience", aud="sts.amazonaws.com")
        refused("does not match the expected ones", iss="https://elsewhere.example")
        refused("exceeds the 127 bytes limit", sub="x" * 128)
        self.provider(disabled=True)
        refused("is disabled or deleted")

    def test_a_provider_is_held_against_googles_rules(self):
        said = self.put("google-provider", PROVIDER, {"oidc": {"issuerUri": self.issuer.url}}, check=False)
        self.assertIn("google.subject must be mapped", said)
        said = self.put("google-provider", "p", {}, check=False)
        self.assertIn("POOL/PROVIDER", said)


del Federation

if __name__ == "__main__":
    # What is refused here is refused on purpose.
    logging.disable(logging.WARNING)
    run("federation")
