"""A bucket on a loopback port, for tests: moto's S3, which checks signatures, keys and policies as the real one does."""

import json
import logging
import sys

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends

port, bucket, region = int(sys.argv[1]), sys.argv[2], sys.argv[3]
logging.getLogger("werkzeug").setLevel(logging.ERROR)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
server.start()
iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def make_user(name, actions):
    iam.create_user("aws", name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(name, "s3", policy)
    key = iam.create_access_key(name)
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


s3.create_bucket(bucket, region)
keys = {
    "full": make_user("full", "s3:*"),
    "readOnly": make_user("read-only", ["s3:GetObject", "s3:ListBucket"]),
}
# From here on nobody is let in without a good signature.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
url = "http://%s:%d" % server.get_host_and_port()
print(json.dumps({"url": url, "bucket": bucket, "region": region, "keys": keys}), flush=True)
sys.stdin.read()
