# The command `doujia cluster`.
cluster-claims = Claims
cluster-not-described = Only Pods, Deployments, ReplicaSets and Jobs can be described. For other objects use --output table or --output watch.
cluster-at-end = The scenario ends at { $end }; this is what it is like then.
cluster-claim-false = This claim is false at { $at }:
cluster-claim-error = This claim cannot be checked at { $at }: { $reason }
