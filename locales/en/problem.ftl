# Sentences for what is wrong with a file that a person wrote. $found is what stands there, $expected what should.
problem-at = { $place }: { $sentence }
problem-warning-at = { $place }: warning: { $sentence }
problem-yaml-syntax = This is not valid YAML: { $found }
problem-yaml-key-twice = The key `{ $found }` is there twice.
problem-yaml-tab = There is a tab here. YAML is indented with spaces only.
problem-yaml-quote-open = The quotation mark that begins here has no end.
problem-yaml-quote-closed = There is more text behind the closing quotation mark. Put all of it in quotes; a quotation mark in it is written `\"`.
problem-yaml-bracket-open = A bracket `[` or `{ "{" }` has no end.
problem-yaml-bracket-closed = There is one `]` or `{ "}" }` too many here.
problem-yaml-comma = Items in brackets have commas between them.
problem-yaml-indent = This line is indented differently from those around it.
problem-yaml-colon = No colon can be here. A text with a colon in it needs quotes.
problem-yaml-key-open = This line lacks the colon of `key: value`.
problem-yaml-aliases = Aliases (`*`) repeat too much. Write out what they stand for.
problem-yaml-no-anchor = There is no such anchor (`&`). A text that begins with `*` needs quotes.
problem-yaml-too-deep = This is nested too deeply; at most { $expected } levels are allowed.
problem-yaml-too-many = There is too much in here; at most { $expected } values are allowed.
problem-yaml-one-document = A file holds one YAML document; this one holds { $found }.
problem-file-too-long = The file is too long: { $found } bytes; at most { $expected } are allowed.
problem-wrong-value = Expected { $expected ->
    [mapping] a mapping (`key: value`)
    [sequence] a list (`- item`)
    [string] a string
    [whole-number] a whole number
    [text] a text: a string, or a mapping with `zh` and `en`
    [action] an action, as in `do: { "{" } cordon: node-a { "}" }`
    [targets] one or more `kind/name: …`, as in `deployment/web: 3`
    [percentage] a percentage from 0% to 100%
    [no-entrypoint] `none`, for an image that does not say what to run
    [threshold] an amount or a percentage, as in `100Mi` or `10%`
   *[other] one of { $expected }
}; found { $found }.
problem-unknown-key = There is no key `{ $found }` here. Known: { $expected }.
problem-missing-key = The key `{ $expected }` is missing.
problem-key-beside = `{ $found }` and `{ $expected }` do not go together: `at` goes with `that`, `from` and `to` go with `always`.
problem-bad-duration = `{ $found }` is no duration. Write a number with `ms`, `s`, `m` or `h`, as in `90s` or `1m30s`.
problem-too-late = { $found } is later than { $expected }, the latest moment possible here.
problem-bad-quantity = `{ $found }` is no amount as Kubernetes writes it, such as `500m`, `2` or `1.5Gi`.
problem-bad-name = `{ $found }` is no name for an object: lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit.
problem-bad-taint = `{ $found }` is no taint. Write `key=value:NoSchedule` or `key:NoExecute`; with `-` at the end to take it away.
problem-out-of-bounds = { $found } is out of bounds: { $expected }.
problem-too-many = { $found } are too many; at most { $expected } are allowed.
problem-duplicate-name = The name `{ $found }` is there twice.
problem-unknown-node = There is no Node `{ $found }` by then. There are: { $expected }.
problem-unknown-action = There is no action `{ $found }`. Known: { $expected }.
problem-unknown-kind = The simulated cluster has no kind `{ $found }`. It has: { $expected }.
problem-wrong-version = The apiVersion of this kind is `{ $expected }`, not `{ $found }`.
problem-unknown-field = { $expected } has no field `{ $found }`.
problem-bad-field = This is not what { $expected } has here: { $found }.
problem-bad-target = `{ $found }` names no object. Write `kind/name`, as in `deployment/web` (`deployment/shop/web` in the namespace `shop`); a workload's Pods are `deployment/web#0` (the oldest) to `deployment/web#-1` (the newest).
problem-not-scalable = `{ $found }` cannot be scaled; a Deployment, ReplicaSet, ReplicationController or StatefulSet can.
problem-no-rollout = `{ $found }` has no rollout of that kind. undo and restart are for Deployments, StatefulSets and DaemonSets; pause and resume for Deployments.
problem-no-such-pod = There is no live Pod `{ $found }` at that moment.
problem-bad-expression = This expression cannot be used: { $found }.
problem-refused = The API server refuses this: { $found }
problem-too-many-steps = The scenario runs away: { $found } steps; at most { $expected } are allowed.
problem-too-many-changes = The scenario runs away: { $found } changes; at most { $expected } are allowed.
problem-too-many-objects = The scenario runs away: { $found } objects; at most { $expected } are allowed.
problem-unreadable = The file cannot be read: { $found }.
problem-not-utf8 = The file is not UTF-8 from byte { $found } on. Save it as UTF-8.
