# 教师的题库：上传、预览、提交，以及谁可以学习；还有单独学习一个题库。

## study
study-alone = 只学这个题库：
study-all-banks = 所有题库一起学
done-alone = 这个题库今天的题已经学完，其他题库还有题。
bank-study-alone = 单独学习这个题库

## 上传文件的问题
problem-upload-too-many-scenarios = 文件带来了 { $found } 个场景，最多接受 { $expected } 个。请去掉没有题目用到的场景。
problem-upload-out-of-time = 这个场景没有再运行：前面的场景已经用完一个文件可用的 { $expected } 秒。请减少场景，或缩短它们。
problem-claims-too-many-looks = 这个场景的断言需要检查 { $found } 次，最多允许 { $expected } 次。只需看某一时刻时，请用 `at` 代替 `from`/`to`。
problem-scenario-refused = 场景 `{ $found }` 不能用，原因写在场景所在的位置；这道题要等它改好。
problem-scenario-name-twice = 场景 `{ $found }` 出现了两次，另一个在 { $expected }。
problem-slug-taken = 标识 `{ $found }` 已属于本服务器上的另一个题库。请换一个，例如 `{ $expected }`。
problem-bank-builtin = `{ $found }` 是内置题库，不能替换。请换一个标识，例如 `{ $expected }`。
