# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: which names and values are secret, and that masks hide them without hiding a change."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.module_utils._model import secrets
from ansible_collections.nosana.cloud.plugins.module_utils._model.secret_names import is_secret_name
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import place_text

SECRET_NAMES = """
    password Password db-password DB_PASSWORD PGPASSWORD password2 POSTGRES_PASSWORD_1 passwd MYSQL_PWD DB_PASS
    passphrase
    secret SECRET_KEY_BASE clientSecret CLIENT_SECRET_ID VAULT_SECRET_ID DJANGO_SECRET_KEY JWT_SECRET secretKey
    token HF_TOKEN HFTOKEN accessToken sessionToken bearerToken AUTH_TOKEN HF_TOKEN_2 HUGGING_FACE_HUB_TOKEN
    api_key apiKey APIKEY NOSANA_API_KEY X-Api-Key OPENAI_KEY WANDB_API_KEY api_keys
    AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID secretAccessKey ACCESS_KEY_ID SECRET_ACCESS_KEY
    private_key SSH_PRIVATE_KEY ENCRYPTION_KEY credentials GOOGLE_APPLICATION_CREDENTIALS
    Authorization Proxy-Authorization auth REDISCLI_AUTH NPM_CONFIG__AUTH GITHUB_PAT Cookie PASSWORD_HASH
    MNEMONIC WALLET_MNEMONIC mnemonicPhrase SEED_PHRASE seedPhrase RECOVERY_PHRASE WALLET_SEED MASTER_SEED SOLANA_SEED
    PRIVKEY ETH_PRIVKEY PRIV_KEY KEYPAIR KEY_PAIR SOLANA_KEYPAIR WALLET_KEY TS_AUTHKEY
    WEBHOOK_URL SLACK_WEBHOOK_URL DISCORD_WEBHOOK webhookUrl
    DSN SENTRY_DSN DATABASE_DSN CONNECTION_STRING AZURE_STORAGE_CONNECTION_STRING connectionString CONN_STR
""".split()

READABLE_NAMES = """
    TOKENIZER tokenizer MAX_TOKENS max_tokens MAX_TOKEN num_tokens eos_token TOKENIZERS_PARALLELISM TOKEN_LIMIT
    TOKEN_URL PASSWORD_FILE PASSWORD_LENGTH SECRET_NAME AUTH_MODE AUTH_TYPE API_KEY_FILE
    AUTHOR AUTHORS authentication SECRETARY KEYBOARD MONKEY KEY key keys key_id PUBLIC_KEY
    ssh_public_keys idempotency_key
    PATH PATTERN COMPASS BYPASS PASS_THROUGH PWD OLDPWD compatible
    SEED seed RANDOM_SEED randomSeed TORCH_SEED GLOBAL_SEED NOISE_SEED SEED_VALUE PHRASE PROMPT_PHRASE
    KEYPAIR_PATH WALLET WALLET_ADDRESS PUBKEY WEBHOOK_PORT WEBHOOK_ENABLED HOOK CONNECTION_TIMEOUT CONNECTION
    DATABASE_URL
    image env NAME PORT work_dir cmd entrypoint id
""".split()


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names(name):
    assert is_secret_name(name)
    assert secrets.secret_values({name: "qwerty"}) == ["qwerty"]


@pytest.mark.parametrize("name", READABLE_NAMES)
def test_readable_names(name):
    assert not is_secret_name(name)
    assert secrets.secret_values({name: "qwerty"}) == []


@given(st.text(max_size=30), st.text(alphabet="'\"\\ab\n", max_size=8), st.text(alphabet="'\"\\ab\n", max_size=8))
def test_spellings_are_found_in_what_python_and_json_write(secret, before, after):
    written = secrets.spellings(secret)
    whole = {"key": [before + secret + after]}
    for text in (str(whole), json.dumps(whole), json.dumps(whole, ensure_ascii=False), secret):
        assert any(spelling in text for spelling in written)


VALUES = [
    ({"env": {"B_TOKEN": "second", "A": "x", "A_TOKEN": "first1"}}, ["second", "first1"]),
    ({"A_TOKEN": "same", "B_TOKEN": "same"}, ["same"]),
    ({"authentication": {"docker": {"username": "bobby", "password": "hunter2", "server": "docker.io"}}}, ["hunter2"]),
    ({"IAM": {"REGION": "eu-west-1", "ACCESS_KEY_ID": "AKIA1", "SECRET_ACCESS_KEY": "wJalr"}}, ["AKIA1", "wJalr"]),
    ({"type": "HF", "repo": "a/b", "accessToken": "hf_short"}, ["hf_short"]),
    ({"secrets": {"db": "hunter22", "list": ["aaaa", "bbbb"], "username": "bobby"}}, ["hunter22", "aaaa", "bbbb"]),
    ({"DB_PASSWORD": 12345678, "A_TOKEN": True, "B_TOKEN": None, "C_TOKEN": 12}, ["12345678"]),
    # headers
    ({"headers": {"Authorization": "Bearer tok12345", "X-Api-Key": "kkkk", "Accept": "json"}}, ["tok12345", "kkkk"]),
    ({"headers": {"Authorization": "Basic dXNlcjpwdw=="}}, ["dXNlcjpwdw=="]),
    # URLs
    ("https://user:hunter2@host/path", ["hunter2"]),
    ("postgres://user:p@ss:word@db:5432/x", ["p@ss:word"]),
    ("https://token1234567890token1234567890@github.com/a/b", ["token1234567890token1234567890"]),
    ("https://abcdefghijklmnopqrstuvwxyz:x-oauth-basic@github.com", ["abcdefghijklmnopqrstuvwxyz"]),
    ("amqp://guest@host ssh://git@github.com https://host:8080/a@b", []),
    ("https://host/x?a=1&token=qwerty&b=2", ["qwerty"]),
    # lists of arguments
    ({"cmd": ["--api-key", "key-1", "--port", "8000"]}, ["key-1"]),
    ({"cmd": ["--api-key=key-1", "--hf-token=tok2"]}, ["key-1", "tok2"]),
    ({"cmd": ["--use-auth-token", "--verbose"]}, []),
    ({"cmd": ["--max-tokens", "4096", "--tokenizer", "mistral", "--max-model-len=4096"]}, []),
    ({"cmd": ["PASSWORD=correct horse"]}, ["correct horse", "correct"]),
    ({"cmd": ["-H", "Authorization: Bearer abc.def"]}, ["abc.def"]),
    # URLs with secret parameters, such as those of RPC providers
    ("https://rpc.example/?api-key=0123abcd", ["0123abcd"]),
    ("wget 'https://x.blob.example/a?sv=1&access_token=s%2Fg' -O a", ["s%2Fg"]),
    # assignments in a text
    ("export HF_TOKEN=abcd1234 && run", ["abcd1234"]),
    ("serve --api-key=abc123 --port 80", ["abc123"]),
    ("Server=x;Password=hunter22;User=me", ["hunter22"]),
    # commands that are one text are not parsed any further
    ("serve --api-key abc123 --port 80", []),
    ("echo time: 12:30; password: foobar", []),
    ("curl -s --user bob:hunter2 http://host", []),
    ("docker run -u 1000:1000 x", []),
    ('TOKEN=$HF_TOKEN PASSWORD="$X" SECRET=$(cat x)', []),
    # JSON
    ('{"api_key": "abc123", "user": "bobby"}', ["abc123"]),
    ({"CONFIG": '[{"token": 123456}]'}, ["123456"]),
    # kinds of names that whole texts are secret for
    ({"DSN": "Server=x;Password=hunter22;User=me"}, ["Server=x;Password=hunter22;User=me", "hunter22"]),
    ({"MNEMONIC": "abandon ability able about"}, ["abandon ability able about"]),
    ({"env": {"SEED": "424242", "RANDOM_SEED": 424242}}, []),
    # known shapes
    ("login hf_abcdefghijklmnopqrst now", ["hf_abcdefghijklmnopqrst"]),
    ({"X": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}, ["ghp_abcdefghijklmnopqrstuvwxyz0123456789"]),
    ({"X": "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln"}, ["eyJhbGciOiJI.eyJzdWIiOiIx.c2ln"]),
    (
        {"X": "-----BEGIN PRIVATE KEY-----\nab\n-----END PRIVATE KEY-----"},
        ["-----BEGIN PRIVATE KEY-----\nab\n-----END PRIVATE KEY-----"],
    ),
    # no secrets: placeholders, public keys, masks, whatever is not text
    ({"TOKEN": "%%ops.a.results.token%%", "headers": {"Authorization": "Bearer %%ops.a.results.token%%"}}, []),
    ({"ssh_public_keys": ["ssh-ed25519 AAAAC3Nz bob@host"], "SSH_KEY": "ssh-rsa AAAAB3Nz"}, []),
    ({"TOKEN": "********", "A_TOKEN": "<VALUE_HIDDEN_1>"}, []),
    ({}, []),
    (None, []),
    (5, []),
]


@pytest.mark.parametrize(("value", "found"), VALUES)
def test_secret_values(value, found):
    assert secrets.secret_values(value) == found


@pytest.mark.parametrize(
    "dull", ["", " ", "1", "0", "123", "abc", "True", "false", "NULL", "none", "yes", " true ", "Basic"]
)
def test_dull_values_are_never_secret(dull):
    assert secrets.secret_values({"PASSWORD": dull, "cmd": ["--password", dull]}) == []


def test_subclasses_of_text_come_back_as_text():
    class Tagged(str):
        """Like the text that ansible-core hands over from 2.19 on."""

    assert [type(found) for found in secrets.secret_values({"TOKEN": Tagged("abcdef")})] == [str]
    assert [type(found) for found in secrets.mask({"a": Tagged("abcdef")}).values()] == [str]


def test_long_texts_are_read_in_one_pass():
    """Each would take minutes if the time grew with the square of the length."""
    for part in ["a", "a:", "password:", 'password="', "--password ", "eyJ-", "://a:b", "?a=", "-----BEGIN ", "{", " "]:
        text = part * (200_000 // len(part))
        assert len(secrets.secret_values({"cmd": text})) <= 2
        assert list(secrets.masked_places({"cmd": text + " ********"})) in ([], [("cmd",)])


def test_a_changed_secret_shows_and_an_unchanged_one_does_not():
    before = {"env": {"A_TOKEN": "old-token", "B_PASSWORD": "stays"}, "cmd": "run old-token stays"}
    after = {"env": {"A_TOKEN": "new-token", "B_PASSWORD": "stays"}, "cmd": "run new-token stays"}
    assert secrets.mask_pair(before, after) == (
        {
            "env": {"A_TOKEN": "<VALUE_HIDDEN_1>", "B_PASSWORD": "<VALUE_HIDDEN_2>"},
            "cmd": "run <VALUE_HIDDEN_1> <VALUE_HIDDEN_2>",
        },
        {
            "env": {"A_TOKEN": "<VALUE_HIDDEN_3>", "B_PASSWORD": "<VALUE_HIDDEN_2>"},
            "cmd": "run <VALUE_HIDDEN_3> <VALUE_HIDDEN_2>",
        },
    )


def test_a_secret_of_one_side_is_hidden_on_the_other():
    assert secrets.mask_pair({"X": "qwerty"}, {"TOKEN": "qwerty"}) == (
        {"X": "<VALUE_HIDDEN_1>"},
        {"TOKEN": "<VALUE_HIDDEN_1>"},
    )
    assert secrets.mask_pair(None, {"TOKEN": "qwerty"}) == (None, {"TOKEN": "<VALUE_HIDDEN_1>"})


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("xabcdefy", "x<VALUE_HIDDEN_1>y"),
        ("abcdef1", "<VALUE_HIDDEN_1>1"),
        ("abcdefghij", "<VALUE_HIDDEN_2>"),
        ("abcdef abcdefghij", "<VALUE_HIDDEN_1> <VALUE_HIDDEN_2>"),
        ("abcdefefxyz", "<VALUE_HIDDEN_1><VALUE_HIDDEN_3>"),
        ("abcde", "abcde"),
    ],
)
def test_parts_and_longer_secrets(text, masked):
    masker = secrets.Masker({"A_TOKEN": "abcdef", "B_TOKEN": "abcdefghij", "C_TOKEN": "efxyz"})
    assert masker.mask(text) == masked


def test_secrets_in_json_are_masked_as_they_are_written_there():
    value = {"CONFIG": json.dumps({"password": 'say "é"', "user": "bobby"})}
    assert secrets.mask(value) == {"CONFIG": '{"password": "<VALUE_HIDDEN_2>", "user": "bobby"}'}


# --- values that are secret in one place and open in another ----------------------------------------------------------

POSTGRES = {
    "name": "postgres",
    "job_definition": {
        "ops": [
            {
                "id": "postgres",
                "args": {"image": "docker.io/library/postgres:18", "env": {"POSTGRES_PASSWORD": "postgres"}},
            }
        ]
    },
}


@pytest.mark.parametrize(
    "open_place",
    [
        {"name": "postgres"},
        {"name": "postgres-1"},
        {"market": "postgres"},
        {"ops": [{"id": "postgres"}]},
        {"ops": [{"execution": {"depends_on": ["postgres"]}}]},
        {"args": {"image": "docker.io/library/postgres:18"}},
    ],
)
def test_a_secret_that_stands_in_an_open_place_is_not_for_ansible_to_hide(open_place):
    env = {"POSTGRES_PASSWORD": "postgres", "A_TOKEN": "another"}
    assert secrets.secret_values([open_place, {"env": env}]) == ["another"]
    assert secrets.all_secrets([open_place, {"env": env}]) == ["postgres", "another"]


@pytest.mark.parametrize(
    "place",
    [
        {"env": {"USER": "postgres"}},
        {"env": {"NAME": "postgres"}},
        {"cmd": "postgres"},
        {"cmd": ["--token", "postgres"]},
        {"credentials": {"name": "postgres"}},
        {"image": "registry.example/?token=postgres"},
        {"name": "postgre"},
        {"name": None},
    ],
)
def test_a_secret_that_stands_elsewhere_is(place):
    assert secrets.secret_values([place, {"env": {"POSTGRES_PASSWORD": "postgres"}}]) == ["postgres"]


def test_numbers_count_as_open_too():
    assert secrets.secret_values({"expose": [{"port": 8080}], "env": {"PASSWORD": "8080"}}) == []


def test_a_key_of_a_known_shape_is_secret_also_as_a_name():
    key = "hf_abcdefghijklmnopqrst"
    assert secrets.secret_values({"name": key, "env": {"HF_TOKEN": key}}) == [key]


def test_names_and_ids_stay_readable_and_the_secret_place_is_masked():
    masked = secrets.mask(POSTGRES)
    operation = masked["job_definition"]["ops"][0]
    assert masked["name"] == operation["id"] == "postgres"
    assert operation["args"]["image"] == "docker.io/library/postgres:18"
    assert operation["args"]["env"] == {"POSTGRES_PASSWORD": "<VALUE_HIDDEN_1>"}


def test_both_sides_of_a_diff_count_for_what_is_open():
    assert secrets.mask_pair({"name": "hunter22"}, {"name": "x", "A_TOKEN": "hunter22", "cmd": "hunter22"}) == (
        {"name": "hunter22"},
        {"name": "x", "A_TOKEN": "<VALUE_HIDDEN_1>", "cmd": "hunter22"},
    )


# --- what is nested too deeply ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [90, 5000])
def test_secrets_are_found_at_any_depth(levels):
    value = {"PASSWORD": "hunter22"}
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    assert secrets.secret_values(value) == ["hunter22"]


# --- masks in what a task gives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "<VALUE_HIDDEN_12>",
        "say x<VALUE_HIDDEN_1>1 now",
        "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
        "********",
        "https://me:********@host/x",
        "docker.io/library/********:18",
        ["--token", "********"],
        "--token=********",
        "serve --token ******** --port 80",
        "run TOKEN=******** x",
        "curl -H 'Authorization: Bearer ********' x",
        "wget https://me:********@host/x now",
        '{"token": "********"}',
        {"TOKEN": "two ******** words"},
    ],
)
def test_masks_in_definitions(value):
    assert list(secrets.masked_places({"env": {"A B": value}})) != []


@pytest.mark.parametrize(
    "value",
    [
        "echo '********'",
        ["sh", "-c", "echo ******** done"],
        "echo *** ********* end",
        "*********",
        "VALUE_HIDDEN",
        "export COUNT=******** x",
        {"TOKEN": "abcdef"},
        5,
        None,
    ],
)
def test_no_masks(value):
    assert list(secrets.masked_places({"env": {"A": value}})) == []


def test_the_places_of_masks_are_in_reading_order():
    definition = {
        "ops": [
            {"args": {"env": {"A TOKEN": "<VALUE_HIDDEN_12>", "B": "x<VALUE_HIDDEN_1>1", "C": "VALUE_HIDDEN"}}},
            {"args": {"cmd": ["echo", "--token=********"], "image": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}},
        ]
    }
    assert [place_text(place) for place in secrets.masked_places(definition)] == [
        'ops[0].args.env["A TOKEN"]',
        "ops[0].args.env.B",
        "ops[1].args.cmd[1]",
        "ops[1].args.image",
    ]
    assert list(secrets.masked_places(secrets.mask({"TOKEN": "abcdef"}))) == [("TOKEN",)]


@pytest.mark.parametrize(
    "value", ["a ******** b", "x-********", "<VALUE_HIDDEN_1>", ["a", "********"], {"a": "********"}]
)
def test_an_option_holds_a_mask_wherever_it_stands(value):
    assert secrets.holds_mask(value)


@pytest.mark.parametrize("value", ["a", "*", "*********", 5, None, [], {"********": "a"}])
def test_an_option_without_a_mask(value):
    assert not secrets.holds_mask(value)


SECRET = st.text(alphabet="abcdefghijkl0123456789:/@ =-", min_size=4, max_size=12).filter(
    lambda text: text == text.strip()
)
NAMES = st.sampled_from(["A_TOKEN", "DB_PASSWORD", "NAME", "image", "id", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | SECRET,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, SECRET, st.text(max_size=5), st.text(max_size=5))
def test_no_secret_is_left(value, secret, before, after):
    value = {"TOKEN": secret, "text": before + secret + after, "value": value}
    left = _texts(secrets.mask(value))
    hidden = secrets.secret_values(value)
    assert secret in hidden or any(secret in text for text in _texts(value)) or secrets.is_dull(secret)
    for found in hidden:
        assert not any(found in text for text in left)


def _texts(value):
    """The texts in a value, without keys (which masking leaves alone) and without masks."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [secrets._MASK.sub("<>", str(value))] if isinstance(value, str) else []


@given(JSON, JSON)
def test_masking_keeps_equal_what_is_equal_and_different_what_is_different(before, after):
    masked_before, masked_after = secrets.mask_pair(before, after)
    assert (_exact(masked_before) == _exact(masked_after)) == (_exact(before) == _exact(after))


def _exact(value):
    return json.dumps(value, sort_keys=True)


@given(JSON)
def test_masking_is_repeatable(value):
    assert secrets.mask(value) == secrets.mask(value)
    assert secrets.secret_values(value) == secrets.secret_values(value)
    assert len(set(secrets.secret_values(value))) == len(secrets.secret_values(value))
