# 命令 `doujia cluster`。
cluster-claims = 断言
cluster-not-described = 只能 describe Pod、Deployment、ReplicaSet 和 Job；其他对象请用 --output table 或 --output watch。
cluster-at-end = 场景到 { $end } 就结束了，以下是结束时的样子。
cluster-claim-false = 这条断言在 { $at } 不成立：
cluster-claim-error = 这条断言在 { $at } 无法检验：{ $reason }
