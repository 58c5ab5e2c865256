# 用户编写的文件有问题时显示的句子。$found 是实际内容，$expected 是应有内容。
problem-at = { $place }：{ $sentence }
problem-warning-at = { $place }：警告：{ $sentence }
problem-yaml-syntax = YAML 语法错误：{ $found }
problem-yaml-key-twice = 键 `{ $found }` 写了两次。
problem-yaml-tab = 这里有制表符。YAML 的缩进只能用空格。
problem-yaml-quote-open = 从这里开始的引号没有闭合。
problem-yaml-quote-closed = 引号已经闭合，后面还有文字。请把整段文字放进引号，文字里的引号写作 `\"`。
problem-yaml-bracket-open = 括号 `[` 或 `{ "{" }` 没有闭合。
problem-yaml-bracket-closed = 这里多了一个 `]` 或 `{ "}" }`。
problem-yaml-comma = 括号里的各项之间要用逗号分隔。
problem-yaml-indent = 这一行的缩进和前后对不上。
problem-yaml-colon = 这里不该有冒号。含有冒号的文字要加引号。
problem-yaml-key-open = 这一行没有 `键: 值` 里的冒号。
problem-yaml-aliases = 别名（`*`）展开得太多。请把内容直接写出来。
problem-yaml-no-anchor = 没有这个锚点（`&`）。以 `*` 开头的文字要加引号。
problem-yaml-too-deep = 嵌套太深，最多 { $expected } 层。
problem-yaml-too-many = 内容太多，最多 { $expected } 个值。
problem-yaml-one-document = 一个文件只能有一份 YAML 文档，这里有 { $found } 份。
problem-file-too-long = 文件太长：{ $found } 字节，最多 { $expected } 字节。
problem-wrong-value = 这里应为{ $expected ->
    [mapping] 映射（`键: 值`）
    [sequence] 列表（`- 项`）
    [string] 字符串
    [whole-number] 整数
    [text] 文本：一个字符串，或含 `zh` 和 `en` 的映射
    [action] 一个动作，如 `do: { "{" } cordon: node-a { "}" }`
    [targets] 一个或多个 `种类/名字: …`，如 `deployment/web: 3`
    [percentage] 0% 到 100% 的百分比
    [no-entrypoint] `none`（镜像没有指定运行什么）
    [threshold] 数量或百分比，如 `100Mi`、`10%`
   *[other] 以下之一：{ $expected }
}，实际是 { $found }。
problem-unknown-key = 这里没有 `{ $found }` 这个键。可用的键：{ $expected }。
problem-missing-key = 缺少键 `{ $expected }`。
problem-key-beside = `{ $found }` 不能与 `{ $expected }` 同用：`at` 配 `that`，`from` 和 `to` 配 `always`。
problem-bad-duration = `{ $found }` 不是时长。请写数字加 `ms`、`s`、`m` 或 `h`，如 `90s`、`1m30s`。
problem-too-late = { $found } 太晚了，这里最晚是 { $expected }。
problem-bad-quantity = `{ $found }` 不是 Kubernetes 的数量写法，应如 `500m`、`2`、`1.5Gi`。
problem-bad-name = `{ $found }` 不能用作对象名：只能含小写字母、数字、`-` 和 `.`，首尾须为字母或数字。
problem-bad-taint = `{ $found }` 不是污点。请写 `键=值:NoSchedule` 或 `键:NoExecute`，末尾加 `-` 表示去掉。
problem-out-of-bounds = { $found } 超出范围：{ $expected }。
problem-too-many = { $found } 个太多了，最多 { $expected } 个。
problem-duplicate-name = 名字 `{ $found }` 出现了两次。
problem-unknown-node = 到那时没有名为 `{ $found }` 的 Node。现有：{ $expected }。
problem-unknown-action = 没有 `{ $found }` 这个动作。可用的动作：{ $expected }。
problem-unknown-kind = 模拟集群不支持 `{ $found }` 这种对象。支持：{ $expected }。
problem-wrong-version = 这种对象的 apiVersion 是 `{ $expected }`，不是 `{ $found }`。
problem-unknown-field = { $expected } 没有 `{ $found }` 这个字段。
problem-bad-field = 与 { $expected } 此处的类型不符：{ $found }。
problem-bad-target = `{ $found }` 不是对象。请写 `种类/名字`，如 `deployment/web`（在 namespace `shop` 里就写 `deployment/shop/web`）；工作负载的 Pod 从 `deployment/web#0`（最老）到 `deployment/web#-1`（最新）。
problem-not-scalable = `{ $found }` 不能扩缩容；Deployment、ReplicaSet、ReplicationController、StatefulSet 才可以。
problem-no-rollout = `{ $found }` 没有这种 rollout。undo 和 restart 用于 Deployment、StatefulSet、DaemonSet；pause 和 resume 只用于 Deployment。
problem-no-such-pod = 那一刻没有存活的 Pod `{ $found }`。
problem-bad-expression = 这个表达式无法使用：{ $found }。
problem-refused = API Server 拒绝了它：{ $found }
problem-too-many-steps = 场景失控：已有 { $found } 步，最多 { $expected } 步。
problem-too-many-changes = 场景失控：已有 { $found } 次变更，最多 { $expected } 次。
problem-too-many-objects = 场景失控：已有 { $found } 个对象，最多 { $expected } 个。
problem-unreadable = 文件读不出来：{ $found }。
problem-not-utf8 = 文件从第 { $found } 个字节起不是 UTF-8 编码，请另存为 UTF-8。
