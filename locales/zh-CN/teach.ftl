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
problem-bank-too-many-questions = 加上这些，题库会有 { $found } 道题；一个题库最多 { $expected } 道。请另建一个题库。
problem-bank-too-much-text = 加上这些，题库的文字会有 { $found } KiB；一个题库最多 { $expected } KiB。请另建一个题库。
problem-bank-too-many-scenarios = 加上这些，题库的题目会用到 { $found } 个自带的场景；一个题库最多 { $expected } 个。请另建一个题库。
problem-bank-too-many-images = 加上这些，题库会有 { $found } 张图片；一个题库最多 { $expected } 张。请另建一个题库。
problem-bank-images-too-long = 题库的图片合计会有 { $found } KiB，最多 { $expected } KiB。请把图片改小，或另建一个题库。
problem-slug-taken = 标识 `{ $found }` 已属于本服务器上的另一个题库。请换一个，例如 `{ $expected }`。
problem-bank-builtin = `{ $found }` 是内置题库，不能替换。请换一个标识，例如 `{ $expected }`。

## teach
nav-teach = 教学
teach-title = 教学
teach-become = 教师可以上传自己的题库，先看到每道题的样子，再分享给学习者。
teach-become-how = 请联系本服务器的管理员，告诉对方你的账号名，由管理员把你设为教师。
teach-help = 怎样编写题目
teach-mine = 我的题库
teach-new = 上传题库
teach-new-version = 上传新版本：
teach-lead = 上传文件，或粘贴文本。保存之前，你会看到所有问题，以及每道题在学习者眼中的样子。
teach-file = 文件
teach-file-hint = YAML、Markdown、CSV、Excel、GIFT，或包含题库、场景和图片的 zip；最大 16 MB。
teach-paste = 或粘贴文本
teach-tables = 文件里没有写明是哪个题库时
teach-tables-hint = 表格和 GIFT 文件里没有这些内容；YAML 和 Markdown 会自己写明。
teach-slug = 题库标识：小写字母、数字和连字符
teach-bank-title = 标题
teach-lang = 语言
teach-send = 上传并预览
teach-nothing-sent = 请选择文件或粘贴文本；刚才上传的内容是空的。
teach-questions = { $count } 道题
teach-learners = { $count } 位学习者
teach-audience-everyone = 所有人
teach-audience-public = 公开
teach-audience-link = 凭链接
teach-audience-private = 私有
teach-audience-public-hint = 本服务器上的所有人都能在题库页找到它。
teach-audience-link-hint = 拿到链接的人可以添加它。
teach-audience-private-hint = 只有你自己。其他正在学的人将不能再学，但进度会保留。
teach-report-title = 上传的内容
teach-pasted = 粘贴的文本
teach-good = { $count ->
    [0] 没有可以收下的题目。
   *[other] 可以收下 { $count } 道题。
}
teach-failed = 有 { $count } 道题需要修改。
teach-proved = 已验证场景 { $scenarios } 个，断言 { $claims } 条。
teach-problems = 发现的问题
teach-error = 错误
teach-warning = 警告
teach-more = ……另有 { $count } 条。
teach-rest = 下载需要修改的题目
teach-false-claims = 不成立的断言
teach-changes = 将有哪些变化
teach-mode-whole = 这个文件就是整个题库：文件里没有的题会被移除。
teach-kept = 文件里还有题目要修改，所以这次不移除任何题：题库原有的 { $count } 道题保持不变。
teach-mode-adds = 这些题会加入题库，其他题保持不变。
teach-mode-to-whole = 改为当作整个题库
teach-mode-to-add = 改为加入题库
teach-no-change = 没有变化：题库的内容已经是这样。
teach-cards = 将重新开始或不再出现的卡片
teach-which = 涉及的题目
teach-recognized = 按文字认出的题目
teach-recognized-hint = 这些题没有写 id。它们的位置和原来相同，文字也大致相同，因此视为同一道题。如果认错了，请给题目写上 id。
teach-change-added = 新题
teach-change-edited = 改了文字，答案不变：进度保留
teach-change-reset = 答案变了：进度重新开始
teach-change-removed = 不再包含
teach-change-moved = 只换了位置：进度保留
teach-change-header = 标题、语言、作者或许可
teach-change-order = 题目的顺序
teach-change-beside = 题目没有变化；标题、场景或图片等会更新。
teach-change-restored = 重新加入
teach-cards-of = { $count } 位学习者的卡片
teach-commit = 收下 { $count } 道题
teach-not-now = 暂不
teach-nothing = 目前没有可以收下的内容。
teach-preview = 学习者看到的样子
teach-after = 回答之后
teach-cluster = 查看对应的集群
teach-pages = 题目分页
teach-question = 题目
teach-draft = 草稿
teach-back = 返回上传的内容
teach-send-version = 上传新版本
teach-as-learner = 以学习者身份查看
teach-audience = 谁可以学习
teach-new-link = 换一个新链接，旧链接随即失效
teach-link = 给学习者的链接
teach-versions = 版本
teach-version = 第 { $count } 版
teach-present = 当前版本
teach-restore = 恢复
teach-restore-version = 恢复第 { $count } 版
teach-from = 从版本
teach-to = 到
teach-compare = 比较
teach-compare-title = 第 { $from } 版与第 { $to } 版的差别
teach-same = 两个版本内容相同。
teach-back-to-bank = 返回题库
teach-export = 下载
teach-lost-title = 有些内容放不进去
teach-lost = { $format } 格式无法表达以下内容：
teach-lost-anyway = 不含这些内容，继续下载
teach-delete = 删除这个题库
teach-delete-sure = { $count ->
    [0] 删除题库及其所有版本，无法撤销。
   *[other] 删除题库及其所有版本，以及 { $count } 位学习者的进度，无法撤销。
}

## join
join-lead = 一位教师与你分享了这个题库。添加之后，其中的题目会出现在你的学习中。
join-first = 请先以访客身份开始，或登录，然后再次打开这个链接。
join-sign-in = 登录

## 命令行
import-changes = { $bank }：新增 { $added }，改文字 { $edited }，改答案 { $reset }（{ $cards } 张卡片重新开始），移除 { $removed }
import-recognized = { $id }：按文字认出，“{ $was }”改成了“{ $asks }”
import-no-owner = 没有名为 { $name } 的账号。
import-taken = { $bank } 没有收下：它是内置题库，或者刚被别人修改。
export-no-bank = 没有题库 { $bank }。
