# 命令 `doujia cluster`。
cluster-claims = 断言
cluster-claim-false = 这条断言在 { $at } 不成立：
cluster-claim-error = 这条断言在 { $at } 无法检验：{ $reason }
