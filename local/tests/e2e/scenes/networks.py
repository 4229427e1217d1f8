"""Networks, and what is reached by them."""

import json

from scenes.scene import Made

NETWORK = (
    Made(
        "vpc",
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "shop"}},
        {
            "enableDnsHostnames": None,
            "enableDnsSupport": False,
            "enableNetworkAddressUsageMetrics": True,
            "tags": {"Name": "other", "a": "1"},
        },
        {"cidrBlock": "10.1.0.0/16", "instanceTenancy": "dedicated"},
        drift=("ec2", "modify_vpc_attribute", {"VpcId": "${vpc.id}", "EnableDnsSupport": {"Value": False}}),
        drifts=("enableDnsSupport",),
    ),
    Made(
        "subnet",
        "aws:ec2/subnet:Subnet",
        {"vpcId": "${vpc.id}", "cidrBlock": "10.0.1.0/24", "availabilityZone": "us-east-1a"},
        {
            "enableResourceNameDnsARecordOnLaunch": True,
            "enableResourceNameDnsAaaaRecordOnLaunch": True,
            "mapPublicIpOnLaunch": True,
            "privateDnsHostnameTypeOnLaunch": "resource-name",
            "tags": {"a": "1"},
        },
        {
            "vpcId": "vpc-0",
            "cidrBlock": "10.0.9.0/24",
            "availabilityZone": "us-east-1b",
            "availabilityZoneId": "use1-az2",
        },
    ),
    Made(
        "second",
        "aws:ec2/subnet:Subnet",
        {"vpcId": "${vpc.id}", "cidrBlock": "10.0.2.0/24", "availabilityZoneId": "use1-az2"},
    ),
    Made(
        "group",
        "aws:ec2/securityGroup:SecurityGroup",
        {
            "name": "shop",
            "vpcId": "${vpc.id}",
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}],
        },
        {
            "egress": [
                {
                    "protocol": "6",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrBlocks": ["10.0.0.0/8", "172.16.0.0/12"],
                },
                {
                    "protocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "ipv6CidrBlocks": ["::/0"],
                    "description": "six",
                },
            ],
            "ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "self": True}],
            "revokeRulesOnDelete": True,
            "tags": {"a": "1"},
        },
        {"name": "other", "description": "another", "vpcId": "vpc-0"},
        drift=(
            "ec2",
            "authorize_security_group_egress",
            {
                "GroupId": "${group.id}",
                "IpPermissions": [
                    {
                        "IpProtocol": "udp",
                        "FromPort": 53,
                        "ToPort": 53,
                        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                    }
                ],
            },
        ),
        drifts=("egress",),
    ),
    Made("peer", "aws:ec2/securityGroup:SecurityGroup", {"name": "peer", "vpcId": "${vpc.id}"}),
    Made(
        "inwards",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {
            "securityGroupId": "${peer.id}",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
        },
        {
            "fromPort": 80,
            "toPort": 81,
            "cidrIpv4": "10.1.0.0/16",
            "description": "from the shop",
            "tags": {"a": "1"},
        },
        {"securityGroupId": "sg-0"},
    ),
    Made(
        "by-group",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {
            "securityGroupId": "${peer.id}",
            "ipProtocol": "-1",
            "referencedSecurityGroupId": "${group.id}",
        },
        {},
        {"referencedSecurityGroupId": "sg-0"},
    ),
    Made(
        "outwards",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        {
            "securityGroupId": "${peer.id}",
            "ipProtocol": "udp",
            "fromPort": 53,
            "toPort": 53,
            "cidrIpv6": "::/0",
        },
        {
            "ipProtocol": "tcp",
            "fromPort": 54,
            "toPort": 54,
            "description": "names",
            "cidrIpv6": "fd00::/8",
            "tags": {"a": "1"},
        },
        {"securityGroupId": "sg-0", "referencedSecurityGroupId": "sg-0"},
    ),
    Made(
        "by-ipv4",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        {
            "securityGroupId": "${peer.id}",
            "ipProtocol": "tcp",
            "fromPort": 1,
            "toPort": 2,
            "cidrIpv4": "10.0.0.0/8",
        },
    ),
    Made(
        "by-ipv6",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {
            "securityGroupId": "${peer.id}",
            "ipProtocol": "tcp",
            "fromPort": 1,
            "toPort": 2,
            "cidrIpv6": "::/0",
        },
    ),
    Made(
        "rule",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        {
            "securityGroupId": "${peer.id}",
            "type": "ingress",
            "protocol": "tcp",
            "fromPort": 8080,
            "toPort": 8081,
            "cidrBlocks": ["10.2.0.0/16", "10.3.0.0/16"],
        },
        {"description": "of the till"},
        {
            "securityGroupId": "sg-0",
            "type": "egress",
            "protocol": "udp",
            "fromPort": 1,
            "toPort": 2,
            "cidrBlocks": ["10.4.0.0/16"],
            "ipv6CidrBlocks": ["::/0"],
            "self": True,
            "sourceSecurityGroupId": "sg-0",
        },
        drift=(
            "ec2",
            "revoke_security_group_ingress",
            {
                "GroupId": "${peer.id}",
                "IpPermissions": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 8080,
                        "ToPort": 8081,
                        "IpRanges": [{"CidrIp": "10.2.0.0/16"}, {"CidrIp": "10.3.0.0/16"}],
                    }
                ],
            },
        ),
    ),
    Made(
        "own-rule",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        {
            "securityGroupId": "${peer.id}",
            "type": "egress",
            "protocol": "-1",
            "fromPort": 0,
            "toPort": 0,
            "self": True,
        },
    ),
    Made(
        "gateway",
        "aws:ec2/internetGateway:InternetGateway",
        {"tags": {"a": "1"}},
        {"vpcId": "${vpc.id}", "tags": {"b": "2"}},
    ),
    Made("attached", "aws:ec2/internetGateway:InternetGateway", {"vpcId": "${vpc.id}"}),
    Made(
        "eip",
        "aws:ec2/eip:Eip",
        {"domain": "vpc"},
        {"tags": {"a": "1"}},
        {"domain": "standard"},
    ),
    Made(
        "nat",
        "aws:ec2/natGateway:NatGateway",
        {"subnetId": "${subnet.id}", "allocationId": "${eip.id}"},
        {"tags": {"a": "1"}},
        {
            "subnetId": "${second.id}",
            "allocationId": "eipalloc-0",
            "connectivityType": "private",
            "privateIp": "10.0.1.9",
        },
        import_differs=("allocationId",),
    ),
    Made(
        "table",
        "aws:ec2/routeTable:RouteTable",
        {"vpcId": "${vpc.id}", "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "${attached.id}"}]},
        {
            "routes": [
                {"cidrBlock": "0.0.0.0/0", "natGatewayId": "${nat.id}"},
                {"cidrBlock": "10.9.0.0/16", "vpcPeeringConnectionId": "pcx-1"},
                {"cidrBlock": "10.8.0.0/16", "transitGatewayId": "tgw-1"},
            ],
            "tags": {"a": "1"},
        },
        {"vpcId": "vpc-0"},
        drift=("ec2", "delete_route", {"RouteTableId": "${table.id}", "DestinationCidrBlock": "0.0.0.0/0"}),
        drifts=("routes",),
    ),
    Made("other-table", "aws:ec2/routeTable:RouteTable", {"vpcId": "${vpc.id}"}),
    Made(
        "route",
        "aws:ec2/route:Route",
        {
            "routeTableId": "${other-table.id}",
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": "${attached.id}",
        },
        {"gatewayId": None, "natGatewayId": "${nat.id}"},
        {"routeTableId": "rtb-0", "destinationCidrBlock": "10.0.0.0/8"},
        drift=(
            "ec2",
            "delete_route",
            {"RouteTableId": "${other-table.id}", "DestinationCidrBlock": "0.0.0.0/0"},
        ),
    ),
    Made(
        "transit",
        "aws:ec2/route:Route",
        {
            "routeTableId": "${other-table.id}",
            "destinationCidrBlock": "10.7.0.0/16",
            "transitGatewayId": "tgw-1",
        },
        {"transitGatewayId": None, "vpcPeeringConnectionId": "pcx-1"},
    ),
    Made(
        "association",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        {"subnetId": "${subnet.id}", "routeTableId": "${table.id}"},
        {"routeTableId": "${other-table.id}"},
        {"subnetId": "${second.id}"},
        imported="${subnet.id}/${table.id}",
    ),
    Made(
        "s3",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcId": "${vpc.id}",
            "serviceName": "com.amazonaws.us-east-1.s3",
            "routeTableIds": ["${table.id}"],
            "policy": json.dumps({"Version": "2012-10-17", "Statement": []}),
        },
        {"routeTableIds": ["${table.id}", "${other-table.id}"], "autoAccept": True, "tags": {"a": "1"}},
        {"vpcId": "vpc-0", "serviceName": "com.amazonaws.us-east-1.dynamodb", "vpcEndpointType": "Interface"},
        import_differs=("policy",),
    ),
    Made(
        "lambda",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcId": "${vpc.id}",
            "serviceName": "com.amazonaws.us-east-1.lambda",
            "vpcEndpointType": "Interface",
            "subnetIds": ["${subnet.id}"],
            "securityGroupIds": ["${group.id}"],
        },
        {
            "subnetIds": ["${second.id}"],
            "privateDnsEnabled": True,
            "ipAddressType": "ipv4",
            "dnsOptions": {
                "dnsRecordIpType": "ipv4",
                "privateDnsOnlyForInboundResolverEndpoint": True,
                "privateDnsPreference": "VERIFIED_DOMAINS_ONLY",
                "privateDnsSpecifiedDomains": ["shop.example"],
            },
        },
        import_differs=("securityGroupIds",),
    ),
    Made(
        "files",
        "aws:efs/fileSystem:FileSystem",
        {"creationToken": "shop", "encrypted": True, "tags": {"Name": "shop"}},
        {
            "throughputMode": "provisioned",
            "provisionedThroughputInMibps": 10,
            "lifecyclePolicies": [
                {"transitionToIa": "AFTER_30_DAYS"},
                {"transitionToArchive": "AFTER_90_DAYS"},
                {"transitionToPrimaryStorageClass": "AFTER_1_ACCESS"},
            ],
            "protection": {"replicationOverwrite": "DISABLED"},
            "tags": {"Name": "other", "a": "1"},
        },
        {
            "creationToken": "other",
            "availabilityZoneName": "us-east-1a",
            "encrypted": False,
            "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000",
            "performanceMode": "maxIO",
        },
        drift=("efs", "update_file_system", {"FileSystemId": "${files.id}", "ThroughputMode": "elastic"}),
        drifts=("throughputMode",),
    ),
    Made(
        "target",
        "aws:efs/mountTarget:MountTarget",
        {"fileSystemId": "${files.id}", "subnetId": "${subnet.id}", "securityGroups": ["${group.id}"]},
        {"securityGroups": ["${group.id}", "${peer.id}"]},
        {
            "fileSystemId": "fs-0123abcd",
            "subnetId": "${second.id}",
            "ipAddress": "10.0.1.9",
            "ipAddressType": "IPV4_ONLY",
            "ipv6Address": "fd00::1",
        },
    ),
    Made(
        "point",
        "aws:efs/accessPoint:AccessPoint",
        {
            "fileSystemId": "${files.id}",
            "posixUser": {"uid": 1000, "gid": 1000},
            "rootDirectory": {
                "path": "/shop",
                "creationInfo": {"ownerUid": 1000, "ownerGid": 1000, "permissions": "755"},
            },
        },
        {"tags": {"a": "1"}},
        {
            "fileSystemId": "fs-0123abcd",
            "posixUser": {"uid": 1000, "gid": 1000, "secondaryGids": [1001]},
            "rootDirectory": {"path": "/other"},
        },
    ),
)

IMAGES = (
    Made(
        "repository",
        "aws:ecr/repository:Repository",
        {"name": "shop/orders"},
        {
            "forceDelete": True,
            "imageScanningConfiguration": {"scanOnPush": True},
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filter": "dev*", "filterType": "WILDCARD"}],
            "tags": {"a": "1"},
        },
        {
            "name": "shop/other",
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "alias/shop"}],
        },
        drift=(
            "ecr",
            "put_image_tag_mutability",
            {"repositoryName": "shop/orders", "imageTagMutability": "IMMUTABLE"},
        ),
        drifts=("imageTagMutability",),
    ),
    Made(
        "policy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        {
            "repository": "${repository.name}",
            "policy": json.dumps({"Version": "2012-10-17", "Statement": []}),
        },
        {
            "policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                        }
                    ],
                }
            )
        },
        {"repository": "shop/other"},
    ),
    Made(
        "lifecycle",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        {
            "repository": "${repository.name}",
            "policy": json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "selection": {
                                "tagStatus": "any",
                                "countType": "imageCountMoreThan",
                                "countNumber": 9,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
        },
        {},
        {"repository": "shop/other", "policy": json.dumps({"rules": [], "more": "x" * 100})},
    ),
)
