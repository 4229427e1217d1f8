"""What the functions find of what the scenes make: the function, its arguments, and some of its results."""

from scenes.scene import Props

Found = tuple[str, Props, Props]

LOOKUPS: dict[str, list[Found]] = {
    "secrets": [
        (
            "aws:secretsmanager/getSecret:getSecret",
            {"name": "orders/card"},
            {"arn": "${secret.arn}", "id": "${secret.arn}", "description": "a card"},
        ),
        ("aws:secretsmanager/getSecret:getSecret", {"arn": "${secret.arn}"}, {"name": "orders/card"}),
        (
            "aws:secretsmanager/getSecretVersion:getSecretVersion",
            {"secretId": "orders/card"},
            {"secretString": "1234", "versionId": "${version.versionId}"},
        ),
        (
            "aws:secretsmanager/getSecretVersion:getSecretVersion",
            {"secretId": "${binary-secret.arn}", "versionId": "${binary.versionId}"},
            {"secretBinary": "AP8="},
        ),
        ("aws:ssm/getParameter:getParameter", {"name": "hidden"}, {"value": "10", "type": "SecureString"}),
        (
            "aws:kms/getAlias:getAlias",
            {"name": "alias/orders"},
            {"targetKeyId": "${key.keyId}", "targetKeyArn": "${key.arn}"},
        ),
        ("aws:kms/getKey:getKey", {"keyId": "alias/orders"}, {"arn": "${key.arn}", "id": "${key.keyId}"}),
    ],
    "events": [
        ("aws:cloudwatch/getEventBus:getEventBus", {"name": "orders"}, {"arn": "${bus.arn}"}),
        ("aws:cloudwatch/getLogGroup:getLogGroup", {"name": "orders"}, {"arn": "${group.arn}"}),
        ("aws:sqs/getQueue:getQueue", {"name": "orders"}, {"url": "${queue.url}", "arn": "${queue.arn}"}),
        ("aws:dynamodb/getTable:getTable", {"name": "orders"}, {"arn": "${records.arn}", "hashKey": "id"}),
        ("aws:iam/getRole:getRole", {"name": "logs"}, {"arn": "${role.arn}", "path": "/"}),
    ],
    "network": [
        ("aws:ec2/getVpc:getVpc", {"id": "${vpc.id}"}, {"cidrBlock": "10.0.0.0/16", "arn": "${vpc.arn}"}),
        ("aws:ec2/getVpc:getVpc", {"tags": {"Name": "shop"}}, {"id": "${vpc.id}"}),
        ("aws:ec2/getVpc:getVpc", {"default": True}, {"cidrBlock": "172.31.0.0/16"}),
        (
            "aws:ec2/getSubnets:getSubnets",
            {
                "filters": [
                    {"name": "vpc-id", "values": ["${vpc.id}"]},
                    {"name": "availability-zone", "values": ["us-east-1a"]},
                ]
            },
            {"ids": ["${subnet.id}"]},
        ),
        (
            "aws:ec2/getSubnet:getSubnet",
            {"vpcId": "${vpc.id}", "cidrBlock": "10.0.2.0/24"},
            {"id": "${second.id}", "availabilityZone": "us-east-1b"},
        ),
        (
            "aws:ec2/getSecurityGroup:getSecurityGroup",
            {"vpcId": "${vpc.id}", "name": "peer"},
            {"id": "${peer.id}", "arn": "${peer.arn}"},
        ),
        (
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            {"state": "available", "excludeNames": ["us-east-1c"]},
            {"names": ["us-east-1a", "us-east-1b"], "zoneIds": ["use1-az1", "use1-az2"], "id": "us-east-1"},
        ),
    ],
    "images": [
        (
            "aws:ecr/getRepository:getRepository",
            {"name": "shop/orders"},
            {
                "repositoryUrl": "${repository.repositoryUrl}",
                "imageScanningConfigurations": [{"scanOnPush": False}],
            },
        ),
    ],
}
