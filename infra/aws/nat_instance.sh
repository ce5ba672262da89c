#!/bin/bash
# Boot of the NAT instance. CloudFormation waits for this script's exit code, so an instance that does not forward fails
# the deployment. What it sets up survives a restart, as a recovery does not run it again.
set -euo pipefail
etc=${ETC:-/etc}

# The image's own first-boot work may empty dnf's cache in the middle of an install: aws/aws-cdk#36717.
for try in 1 2 3 4 5; do
  dnf install -y iptables-services && break
  if [ "$try" = 5 ]; then echo "owlpost: iptables could not be installed" >&2; exit 1; fi
  sleep 10
done

echo "net.ipv4.ip_forward = 1" > "$etc/sysctl.d/90-owlpost-nat.conf"
sysctl -p "$etc/sysctl.d/90-owlpost-nat.conf"
interface=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
systemctl enable --now iptables
iptables -F FORWARD
iptables -t nat -F POSTROUTING
iptables -t nat -A POSTROUTING -o "$interface" -j MASQUERADE
iptables-save > "$etc/sysconfig/iptables"

# What the deployment is told: packets are forwarded, their sender is replaced, and IPv4 gets out from here.
[ "$(sysctl -n net.ipv4.ip_forward)" = 1 ]
iptables -t nat -C POSTROUTING -o "$interface" -j MASQUERADE
curl --ipv4 --silent --show-error --fail --retry 5 --retry-all-errors --max-time 10 --output /dev/null https://checkip.amazonaws.com
