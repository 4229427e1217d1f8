"""Files that are taken for secrets, and such as only look like them: by what they are, a name and a content."""

import base64
import json

from tests.unit.hostile_files import HANDLER, far, zipped

# Put together, since whoever looks for keys would find those of tests.
ACCESS_KEY = "AKIA" + "Q3EGVUZ2TXJ7WKLM"
KEY_FOLLOWS, KEY_ENDS = "-----BEGIN {}PRIVATE" + " KEY{}-----", "-----END {}PRIVATE" + " KEY{}-----"
BODY = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"] * 4
PUBLIC_BODY = ["MIIDwzCCAqugAwIBAgIUAbCdEfGhIjKlMnOpQrStUvWxYzABCDEFGHIJKLMNOPQR"] * 4


def pem(kind: str = "", end: str = "", headers: tuple[str, ...] = ()) -> str:
    """Return a private key as text."""
    return "\n".join([KEY_FOLLOWS.format(kind, end), *headers, *BODY, KEY_ENDS.format(kind, end), ""])


JWK = "jRRkqpgvB2dkTdfC3wZ0mOYV1pRkqpgvB2dkTdfC3wZ"
_LINES = pem().splitlines()
_AWS = f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = x\n"
SECRETS: dict[str, tuple[str, str | bytes, str]] = {
    "PKCS #8": ("server.txt", f"# ours\n{pem()}", "a private key"),
    "RSA": ("server.txt", pem("RSA "), "a private key"),
    "EC": ("server.txt", pem("EC "), "a private key"),
    "OpenSSH": ("deploy", pem("OPENSSH "), "a private key"),
    "encrypted": ("server.txt", pem("ENCRYPTED "), "a private key"),
    "encrypted as of old": (
        "server.txt",
        pem(
            "RSA ",
            "",
            ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF", ""),
        ),
        "a private key",
    ),
    "with Windows lines": ("server.txt", pem().replace("\n", "\r\n"), "a private key"),
    "SSH2": (
        "server.txt",
        pem("SSH2 ENCRYPTED ").replace("-----", "---- ").replace("---- BEGIN", "---- BEGIN"),
        "a private key",
    ),
    "PGP": ("sign.asc", pem("PGP ", " BLOCK", ("Version: GnuPG v2", "")), "a private key"),
    "PuTTY": ("deploy.txt", "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "a private key"),
    "PuTTY by its name": ("deploy.ppk", "x", "a private key"),
    "a service account's JSON": (
        "account.json",
        json.dumps({"type": "service_account", "private_key": pem()}),
        "a private key",
    ),
    "twice in JSON": ("account.json", json.dumps({"account": json.dumps({"key": pem()})}), "a private key"),
    "indented in YAML": (
        "settings.yaml",
        "key: |\n" + "".join(f"    {line}\n" for line in _LINES),
        "a private key",
    ),
    "in a Python string": ("keys.py", f"KEY = {pem()!r}\n", "a private key"),
    "in Python strings": (
        "keys.py",
        "KEY = (\n" + "".join(f'    "{line}\\n"\n' for line in _LINES) + ")\n",
        "a private key",
    ),
    "in a shell's script": ("run.sh", f"export KEY='{pem()}'\n", "a private key"),
    "in UTF-16": ("server.txt", pem().encode("utf-16"), "a private key"),
    "in UTF-16, the other way": ("server.txt", pem().encode("utf-16-be"), "a private key"),
    "in UTF-32": ("server.txt", pem().encode("utf-32"), "a private key"),
    "in base64": (
        "kubernetes.yaml",
        f"client-key-data: {base64.b64encode(pem('RSA ').encode()).decode()}\n",
        "a private key",
    ),
    **{
        f"in base64 after {len(start)} bytes": (
            "settings.txt",
            base64.encodebytes(start.encode() + json.dumps({"key": pem()}).encode()),
            "a private key",
        )
        for start in ("", "x", "xx")
    },
    **{
        f"in base64, DER: {start[:9]}": ("settings.txt", f"key={start}{BODY[0][10:]}", "a private key")
        for start in (
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49",
            "MC4CAQAwBQYDK2VwBCIEI",
            "MIIFLTBXBgkqhkiG9w0BBQ0w",
        )
    },
    "in DER, encrypted": (
        "server.der",
        bytes.fromhex("3082052d305706092a864886f70d01050d304a302906092a864886f70d01050c"),
        "a private key",
    ),
    "behind a comment of 700 bytes": (
        "sign.asc",
        pem("PGP ", " BLOCK", (f"Comment: {'- ' * 350}", "")),
        "a private key",
    ),
    "PuTTY with a mark of its order": (
        "deploy.txt",
        "\ufeffPuTTY-User-Key-File-3: ssh-rsa\n",
        "a private key",
    ),
    "PuTTY in UTF-16": ("deploy.txt", "PuTTY-User-Key-File-3: ssh-rsa\n".encode("utf-16"), "a private key"),
    "an AWS access key in a URL": ("settings.ini", f"s3://{ACCESS_KEY}:secret@bucket", "an AWS access key"),
    "an AWS access key encoded for a URL": ("a.txt", f"Id%3D{ACCESS_KEY}%26", "an AWS access key"),
    **{
        f"an SSH key by its name: {name}": (name, "x", "a private key")
        for name in ("id_ed25519_sk", "id_ecdsa_sk")
    },
    "a JSON Web Key": (
        "key.json",
        json.dumps({"kty": "EC", "crv": "P-256", "x": JWK, "d": JWK}),
        "a private key",
    ),
    "a JSON Web Key among others": (
        "keys.json",
        json.dumps(
            {"keys": [{"kty": "RSA", "n": JWK * 6}, {"n": JWK * 6, "d": JWK, "kty": "RSA"}]}, indent=2
        ),
        "a private key",
    ),
    "a JSON Web Key in a string": (
        "settings.json",
        json.dumps({"key": json.dumps({"kty": "oct", "k": JWK})}),
        "a private key",
    ),
    "in DER, PKCS #8": (
        "server.der",
        bytes.fromhex("308204bd020100300d06092a864886f70d0101010500048204a7"),
        "a private key",
    ),
    "in DER, RSA": (
        "server.der",
        bytes.fromhex("308204a30201000282010100bb5494d4b7d52cf1c2a3"),
        "a private key",
    ),
    "in DER, EC": ("server.der", bytes.fromhex("307702010104200102030405060708"), "a private key"),
    "an AWS access key": ("settings.ini", _AWS, "an AWS access key"),
    "an AWS access key in UTF-16": ("settings.ini", _AWS.encode("utf-16"), "an AWS access key"),
    "an AWS access key beside zeros": ("lib.so", f"V\0A\0x\0{ACCESS_KEY}\0x".encode(), "an AWS access key"),
    "an AWS access key in UTF-32": ("settings.ini", _AWS.encode("utf-32-be"), "an AWS access key"),
    "an AWS access key in code": ("settings.py", f'KEY = "{ACCESS_KEY}"\n', "an AWS access key"),
    "a temporary AWS access key": (
        "settings.py",
        f'KEY = "{ACCESS_KEY.replace("AKIA", "ASIA")}"\n',
        "an AWS access key",
    ),
    **{
        f"by its name: {name}": (name, "x", what)
        for what, names in {
            "credentials": ("kubeconfig", "conf/kubeconfig.yaml", "prod.kubeconfig", "netrc", "_netrc"),
            "settings with secrets": (
                "terraform.tfstate",
                "infra/prod.tfstate.backup",
                "Pulumi.prod.yaml",
                "vault.kdbx",
                "prod.env",
                "infra/prod.tfvars",
                "prod.auto.tfvars.json",
            ),
            "a key store": ("server.p12", "server.pfx", "trust.jks", "SERVER.P12", "app.keystore"),
        }.items()
        for name in names
    },
    "a .zip within": (
        "data.zip",
        zipped({"a/.env": "TOKEN=1"}),
        r"settings with secrets \('a/\.env' inside it\)",
    ),
    "a .zip within with credentials": ("data.zip", zipped({".aws/credentials": "x"}), "credentials"),
    "a .zip within with a key": ("data.bin", zipped({"a.txt": pem()}), "a private key"),
    "a .zip after a script within": (
        "run.pyz",
        b"#!/usr/bin/env python3\n" + zipped({"a.txt": pem()}),
        "a private key",
    ),
    "a .zip in a .zip within": ("a.zip", zipped({"b.zip": zipped({"c.txt": pem()})}), "a private key"),
}
"""A file's name, its content, and what it is taken for."""

SECRETS_IN_ZIPS: dict[str, tuple[str, str | bytes, str]] = {
    **{
        f"by its name: {name}": (name, "x", what)
        for what, names in {
            "credentials": (
                ".aws/credentials",
                ".netrc",
                ".npmrc",
                ".kube/config",
                ".docker/config.json",
                "a/.pypirc",
            ),
            "settings with secrets": (".env", "lib/.env.production", ".envrc"),
            "a private key": (".ssh/id_ed25519",),
        }.items()
        for name in names
    },
}
"""What stays out of a folder's archive anyway."""

PUBLIC: dict[str, tuple[str, str | bytes]] = {
    "a public key": ("key.pem", "-----BEGIN PUBLIC KEY-----\n" + "\n".join(PUBLIC_BODY)),
    "a certificate": ("ca.pem", "-----BEGIN CERTIFICATE-----\n" + "\n".join(PUBLIC_BODY)),
    "a PGP public key": ("key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + "\n".join(PUBLIC_BODY)),
    "a request for one": ("server.csr", "-----BEGIN CERTIFICATE REQUEST-----\n" + "\n".join(PUBLIC_BODY)),
    "a certificate in DER": (
        "ca.der",
        bytes.fromhex("308203c3308202aba003020102020101300d06092a864886f70d01010b0500"),
    ),
    "a certificate in base64": (
        "kubernetes.yaml",
        base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + PUBLIC_BODY[0].encode()),
    ),
    "a public JSON Web Key": ("key.json", json.dumps({"keys": [{"kty": "RSA", "n": JWK * 6, "kid": "d"}]})),
    "a placeholder of a JSON Web Key": ("key.json", json.dumps({"kty": "EC", "d": "x" * 43})),
    "a key beside a public one": ("key.json", json.dumps([{"kty": "EC", "x": JWK}, {"d": JWK}])),
    "an SSH public key": ("id_rsa.pub", f"ssh-rsa {PUBLIC_BODY[0]} me"),
    "a constant of a parser": (
        "parse.py",
        f'FIRST = b"{KEY_FOLLOWS.format("", "")}"\nLAST = b"{KEY_ENDS.format("", "")}"\n',
    ),
    "what a document leaves out": (
        "README.md",
        f"{KEY_FOLLOWS.format('RSA ', '')}\n<your key here>\n{KEY_ENDS.format('RSA ', '')}\n",
    ),
    "what a document shortens": (
        "README.md",
        f"{KEY_FOLLOWS.format('', '')}\nMIIEvQIBADANBg...\n{KEY_ENDS.format('', '')}\n",
    ),
    "AWS's example of an access key": ("README.md", "AKIA" + "IOSFODNN7EXAMPLE"),
    "a placeholder of an access key": ("README.md", "AKIA" + "X" * 16),
    "a word in base64": ("data.txt", f"x{ACCESS_KEY}yz"),
    "an example of .env": (".env.example", "TOKEN="),
    "another example of .env": ("example.env", "TOKEN="),
    "an example of Terraform's variables": ("terraform.tfvars.example", "token ="),
    "settings of Pulumi's project": ("Pulumi.yaml", "name: orders"),
    "what tells of kubeconfig": ("kubeconfig.md", "x"),
    "a .zip within": ("data.zip", zipped({"a.txt": "x", "b/c.py": HANDLER})),
    "a .zip within whose file begins far away": ("data.zip", far(2**63)),
    "a damaged .zip within": ("data.zip", zipped({"a.txt": HANDLER})[:-30]),
    "a name of thousands of folders": ("a/" * 2_000 + "x", "x"),
    "an installed package's key": ("node_modules/agent/test/server.key", pem()),
}
"""What looks like a secret and is none."""
