# The command `doujia cluster`.
cluster-claims = Claims
cluster-claim-false = This claim is false at { $at }:
cluster-claim-error = This claim cannot be checked at { $at }: { $reason }
