# 页面文案。每页一节，节名与 src/web 中的文件名、模板名相同。

site-name = 豆荚
skip-to-content = 跳到正文
nav-label = 豆荚的各个部分
nav-study = 学习
nav-banks = 题库
nav-scenarios = 模拟
nav-stats = 统计
nav-settings = 设置
nav-help = 帮助
language-label = 语言
language-both = 双语
day-progress = 今日进度
content-fallback = 只有英文
key-space = 空格

## home
home-title = 一题一题，学透 Pod 与 Controller
home-lead = 先答题，再看一个小小的模拟集群演示为什么。快要忘记的，会在忘记之前回来。
home-start = 从一道题开始
home-no-sign-up = 无需注册：进度由本浏览器的 Cookie 记住。
home-continue = 继续学习
home-left = { $count ->
    [0] 今天的已经学完。
   *[other] 今天还有 { $count } 张卡片。
}
home-how = 怎么学
home-how-proved = 每个解析都在你眼前的 manifest 上运行 Kubernetes 1.36 的控制循环，解析里的结论都由这次运行验证过。
home-how-spaced = 每道题会在几分钟、几天或几个月后回来，正好赶在你忘记之前。
home-how-bilingual = 中文、英文或双语对照，任何页面一点即换。

## help
help-title = 帮助
help-keys = 快捷键
help-key-choose = 选择答案
help-key-confirm = 提交答案
help-key-next = 往下走：显示背面、下一题
help-key-rate = 答对之后：重来、困难、良好、简单
help-key-undo = 撤销上一次作答
help-key-step = 逐步播放模拟
help-key-help = 打开本页
help-repetition = 题目怎样回来
help-repetition-text = 答错的题几分钟后再来，直到记住。答对的题几天后再来，一次比一次久；由你说明难易，按钮上写着下次的时间。调度算法是 FSRS-6，与 Anki 相同。
help-again = 没想起来：这次学习中再来一遍。
help-hard = 想起来了，但很吃力：比平常早一些。
help-good = 想起来了。
help-easy = 一下就想起来了：晚很多。
help-about = 关于
help-about-text = 豆荚（Doujia）是自由软件。图画都来自模拟的真实轨迹：Pod 是豆荚，容器是豆子，Node 是菜畦，Controller 是标牌。
rating-again = 重来
rating-hard = 困难
rating-good = 良好
rating-easy = 简单

## study
study-title = 题目
study-answer = 提交
study-reveal = 显示背面
study-hint = 提示
study-undo = 撤销上一次作答
study-undone = 已撤销，回到了刚才的地方。
study-stale = 那份表单来自之前的一轮，没有重复记录。这里是你现在的进度。
study-left-new = 新 { $count }
study-left-learning = 学习中 { $count }
study-left-due = 复习 { $count }
question-single = 选择一项。
question-multiple = 选出所有正确的选项。
question-true-false = 对还是错？
question-predict = 集群会显示什么？
question-cloze = 填空。
question-short = 输入一两个词，中英文皆可。
question-numeric = 输入数字，可以带单位。
question-order = 排出正确的顺序。
question-match = 找出配对。
answer-true = 对
answer-false = 错
answer-label = 你的答案
answer-blank = 第 { $count } 空
answer-given = 你的答案
answer-right = 正确答案
answer-understood = 读作 { $read }
answer-see-scenario = 看它怎样发生
mark-hit = （你的回答，正确）
mark-missed = （正确选项，你没有选）
mark-wrong = （你的回答，错误）
mark-left = （错误选项，你没有选）
order-up = 上移
order-down = 下移
order-given = 你排在第 { $count } 位
match-choose = 请选择…

## feedback
feedback-title = 解析
feedback-right = 答对了。
feedback-wrong = 不对。
feedback-partly = 部分正确：{ $count }%。
feedback-explain = 为什么
feedback-see = 官方文档
feedback-rate = 难不难？
feedback-next = 下一题
feedback-again-in = { $wait }后再来
feedback-on = 继续

## done
done-title = 今天的学完了
done-so-far = 今天到目前为止
done-next = 下一题的时间：{ $when }。
done-nothing-waits = 没有等待复习的题目。加入一个题库继续学习吧。
done-answered = 作答
done-right = 答对
done-new = 新题
done-learned = 学到了什么

## wait
wait-moment = 不到 1 分钟
wait-minutes = { $count } 分钟
wait-hours = { $count } 小时
wait-days = { $count } 天
wait-months = { $count } 个月
wait-years = { $count } 年
when-now = 现在
when-today = 今天 { $time }
when-tomorrow = 明天 { $time }
when-on = { $date }

## banks
banks-title = 题库
banks-none = 这里还没有题库。
banks-enroll = 开始学习
banks-leave = 暂时搁置
banks-percent = { $count }% 已记住数周

## bank
bank-questions = 题目
bank-new = 新
bank-learning = 学习中
bank-young = 已记住数天
bank-mature = 已记住数周
bank-license = 许可：
bank-facts = 内容

## scenarios
scenarios-title = 模拟
scenarios-lead = 每个模拟是一个集群、一份 manifest，以及随后发生的事。关于它的每一句结论都由运行验证过。
scenarios-claims = { $count } 条结论已验证
scenarios-all = 全部模拟
scenario-back-to-answer = 回到这次作答

## stats
stats-title = 统计
stats-today = 今天
stats-streak = 连续天数
stats-past = 最近 30 天
stats-ahead = 未来 14 天到期
stats-minutes = 分钟
stats-retention = 记住率
stats-due = 到期
stats-day = 日期
stats-in-numbers = 看数字
stats-nothing = 还没有数据。

## settings
settings-title = 设置
settings-saved = 已保存。
settings-zone = 时区
settings-zone-of-browser = 使用本浏览器的时区
settings-day-start = 一天从几点开始
settings-day-start-hint = 过了午夜还在学，仍算前一天。
settings-new-per-day = 每天新卡片
settings-reviews-per-day = 每天复习
settings-retention = 希望记住多少
settings-retention-hint = 题目回来时仍然记得的比例。90% 比较均衡；越高，复习越多。
settings-save = 保存
settings-wrong-zone = 请从列表中选择时区，例如 Asia/Shanghai。
settings-wrong-day-start = 请填写时刻，例如 04:00。
settings-wrong-number = 请填写 0 到 9999 的整数。
settings-wrong-retention = 请填写 70 到 99 的整数。

## error
error-to-study = 继续学习
error-to-home = 回到首页
error-id = 如需求助，请提供这次请求的编号：
error-bad-request = 表单不完整
error-bad-request-advice = 浏览器发来的内容缺了一些。请返回、刷新页面再试；之前的作答都已保存。
error-forbidden = 这份表单不属于你当前的访问
error-forbidden-advice = 什么都没有改动。请在这里重新打开页面，再从页面上提交。
error-unauthorized = 请先登录
error-unauthorized-advice = 这个页面需要账号。登录之后，你作为访客的进度会一并保留。
error-not-allowed = 你的账号没有这项权限
error-not-allowed-advice = 只有教师或管理员可以这样做。如果你应当有这个权限，请联系本站的管理员。
error-conflict = 别人抢先了一步
error-conflict-advice = 这张表单涉及的内容刚刚有了变化，这次操作没有生效。请重新打开页面，看过现在的内容再决定。
error-unprocessable = 这件事做不了
error-unprocessable-advice = 表单已经收到，但里面的要求无法执行，什么都没有改动。请返回修改后再提交。
error-too-many = 尝试得太频繁了
error-too-many-advice = 为了保护大家的账号，这类操作有次数限制。请过几分钟再试。
error-not-found = 没有这个页面
error-not-found-advice = 它可能已经搬走，或者地址有误。你的进度都在：可以继续学习，或从首页开始。
error-method = 这个地址不接受这样的请求
error-method-advice = 它应当从豆荚的页面里使用。请从下面的链接进入。
error-too-large = 一次发得太多了
error-too-large-advice = 发送的内容超过了这个页面的上限。请缩短后再提交。
error-media = 这不是一份表单
error-media-advice = 这个地址只接受表单。请使用它所属的页面。
error-internal = 这里出错了
error-internal-advice = 这是我们的问题，已记入日志。之前的作答都已保存。请稍后再试。
