"""Makes keepassxc.csv: a database made with pykeepass 4.2.0, exported by keepassxc-cli 2.7.4.

    python -m venv v && v/bin/pip install pykeepass==4.2.0 && v/bin/python keepassxc_csv.py FOLDER
"""

import subprocess
import sys
import tempfile

from pykeepass import create_database

URI = "otpauth://totp/Example:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
with tempfile.TemporaryDirectory() as work:
    path = f"{work}/sample.kdbx"
    database = create_database(path, password="sample")
    database.add_entry(database.root_group, "Example", "alice@example.com", "not imported", notes='Two lines,\nand a "quote"', otp=URI)
    database.add_entry(database.root_group, "No code", "bob@example.com", "not imported")
    database.add_entry(database.root_group, "Eight", "carol", "x", otp=URI.replace("alice", "carol") + "&digits=8&algorithm=SHA256&period=60")
    database.save()
    exported = subprocess.run(["keepassxc-cli", "export", "--format", "csv", path], input="sample\n", text=True, capture_output=True, check=True)
with open(f"{sys.argv[1]}/keepassxc.csv", "w") as file:
    file.write(exported.stdout)
