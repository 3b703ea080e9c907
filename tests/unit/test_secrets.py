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

SECRET_NAMES = """
    password Password db-password DB_PASSWORD PGPASSWORD password2 POSTGRES_PASSWORD_1 passwd MYSQL_PWD DB_PASS
    passphrase
    secret SECRET_KEY_BASE clientSecret CLIENT_SECRET_ID VAULT_SECRET_ID DJANGO_SECRET_KEY JWT_SECRET secretKey
    token HF_TOKEN HFTOKEN accessToken sessionToken bearerToken AUTH_TOKEN HF_TOKEN_2 HUGGING_FACE_HUB_TOKEN
    api_key apiKey APIKEY NOSANA_API_KEY X-Api-Key OPENAI_KEY WANDB_API_KEY api_keys
    AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID secretAccessKey ACCESS_KEY_ID SECRET_ACCESS_KEY
    private_key SSH_PRIVATE_KEY ENCRYPTION_KEY credentials GOOGLE_APPLICATION_CREDENTIALS
    Authorization Proxy-Authorization auth REDISCLI_AUTH NPM_CONFIG__AUTH GITHUB_PAT Cookie PASSWORD_HASH
""".split()

READABLE_NAMES = """
    TOKENIZER tokenizer MAX_TOKENS max_tokens MAX_TOKEN num_tokens eos_token TOKENIZERS_PARALLELISM TOKEN_LIMIT
    TOKEN_URL PASSWORD_FILE PASSWORD_LENGTH SECRET_NAME AUTH_MODE AUTH_TYPE API_KEY_FILE
    AUTHOR AUTHORS authentication SECRETARY KEYBOARD MONKEY KEY key keys key_id PUBLIC_KEY
    ssh_public_keys idempotency_key
    PATH PATTERN COMPASS BYPASS PASS_THROUGH PWD OLDPWD compatible
    image env NAME PORT work_dir cmd entrypoint id
""".split()


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names(name):
    assert secrets.is_secret_name(name)
    assert secrets.secret_values({name: "qwerty"}) == ["qwerty"]


@pytest.mark.parametrize("name", READABLE_NAMES)
def test_readable_names(name):
    assert not secrets.is_secret_name(name)
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
    ({"cmd": ["curl", "-u", "bob:hunter2", "http://host"]}, ["hunter2"]),
    ({"cmd": ["-H", "Authorization: Bearer abc.def"]}, ["abc.def"]),
    # command lines
    ("serve --api-key abc123 --port 80", ["abc123"]),
    ("serve --api-key=abc123 --port 80", ["abc123"]),
    ("serve --password 'it is' --x", ["it is"]),
    ("export HF_TOKEN=abcd1234 && run", ["abcd1234"]),
    ('docker run -e API_KEY="ab cd" x', ["ab cd"]),
    ("curl -H 'Authorization: Bearer abcdef' http://host", ["abcdef"]),
    ("curl -s --user bob:hunter2 http://host", ["hunter2"]),
    ("docker run -u 1000:1000 x", []),
    ('{"api_key": "abc123", "user": "bobby"}', ["abc123"]),
    ('{"db_password": "a\\"b c"}', ['a\\"b c', 'a"b c']),
    ("Server=x;Password=hunter22;User=me", ["hunter22"]),
    ("echo time: 12:30; password: foobar", ["foobar"]),
    ('TOKEN=$HF_TOKEN PASSWORD="$X" SECRET=$(cat x)', []),
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
    for part in [
        "a",
        "a:",
        "password:",
        'password="',
        "--password ",
        "eyJ-",
        "://a:b",
        "-----BEGIN ",
        "curl a -b ",
        " ",
    ]:
        assert len(secrets.secret_values({"cmd": part * (200_000 // len(part))})) <= 2


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
        ("abcdefxyz", "<VALUE_HIDDEN_1+3>"),
        ("abcdefefxyz", "<VALUE_HIDDEN_1><VALUE_HIDDEN_3>"),
        ("abcde", "abcde"),
    ],
)
def test_parts_longer_secrets_and_overlaps(text, masked):
    masker = secrets.Masker({"A_TOKEN": "abcdef", "B_TOKEN": "abcdefghij", "C_TOKEN": "efxyz"})
    assert masker.mask(text) == masked


def test_numbers_and_structure():
    value = {"PASSWORD": 123456, "list": [1, 2.5, None, True, ("a",)], "port": 8080}
    assert secrets.mask(value) == {"PASSWORD": "<VALUE_HIDDEN_1>", "list": [1, 2.5, None, True, ["a"]], "port": 8080}


def test_contains_mask():
    definition = {
        "ops": [
            {"args": {"env": {"A TOKEN": "<VALUE_HIDDEN_12>", "B": "x<VALUE_HIDDEN_1+2>1", "C": "VALUE_HIDDEN"}}},
            {"args": {"cmd": ["echo", "--token=********"], "image": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}},
            {"args": {"cmd": "echo *** ********* end"}},
        ]
    }
    assert secrets.contains_mask(definition) == [
        'ops[0].args.env["A TOKEN"]',
        "ops[0].args.env.B",
        "ops[1].args.cmd[1]",
        "ops[1].args.image",
    ]
    assert secrets.contains_mask(secrets.mask({"TOKEN": "abcdef"})) == ["TOKEN"]
    assert secrets.contains_mask({"TOKEN": "abcdef"}) == []


SECRET = st.text(alphabet="abcdefghijkl0123456789:/@ =-", min_size=4, max_size=12).filter(
    lambda text: text == text.strip()
)
NAMES = st.sampled_from(["A_TOKEN", "DB_PASSWORD", "NAME", "image", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | SECRET,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, SECRET, st.text(max_size=5), st.text(max_size=5))
def test_no_secret_is_left(value, secret, before, after):
    value = {"TOKEN": secret, "text": before + secret + after, "value": value}
    left = _texts(secrets.mask(value))
    for found in secrets.secret_values(value):
        assert not any(found in text for text in left)


def _texts(value):
    """The texts in a value, without keys (which masking leaves alone) and without masks."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [secrets._MASK.sub("<>", value)] if isinstance(value, str) else []


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
