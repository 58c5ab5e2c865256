# 账号：注册、登录、密码、账号页面。

nav-sign-in = 登录
nav-account = 你的账号

## sign-up
sign-up-title = 注册账号
sign-up-lead = 有了账号，换任何浏览器都能接着学。
sign-up-keeps = 你在这里的全部作答都会保留，换任何浏览器都能接着学。
sign-up-name = 用户名
sign-up-name-hint = 2 到 40 个字符：文字、数字、空格和 - _ .
sign-up-do = 注册
sign-up-known = 已经有账号？
sign-up-by-invitation = 本站凭邀请注册。收到过邀请链接的话，请打开它；没有的话，请联系本站的管理员。你也可以作为访客学习。
sign-up-closed = 本站目前不开放注册。你可以作为访客学习。
name-wrong-length = 用户名需要 2 到 40 个字符。
name-wrong-characters = 只能使用文字、数字、空格和 - _ .，并且至少有一个文字或数字。
name-wrong-taken = 这个用户名已经有人使用，请换一个。
password-label = 密码
password-new = 新密码
password-again = 再输入一次
password-present = 当前密码
password-hint = 至少 8 个字符，什么字符都可以。几个词连在一起，好记又难猜。
password-wrong-short = 请至少输入 8 个字符。
password-wrong-long = 最多 128 个字符。
password-wrong-common = 这是别人最先会试的密码之一，请换一个。
password-wrong-again = 两次输入的密码不一致，请重新输入。
password-wrong-present = 当前密码不正确。

## sign-in
sign-in-title = 登录
sign-in-do = 登录
sign-in-brings = 你在这里作为访客的作答会并入账号。
sign-in-wrong = 用户名或密码不正确。
sign-in-disabled = 这个账号已被停用，请联系本站的管理员。
sign-in-new = 还没有账号？
sign-in-forgotten = 忘记了密码？本站的管理员可以给你一个设置新密码的链接。

## reset
reset-title = 设置新密码
reset-lead = 账号“{ $name }”。设置之后，所有已登录的浏览器都需要重新登录。
reset-do = 设置密码
reset-done = 新密码已设置，请用它登录。
link-gone-title = 这个链接已不能使用
link-gone-advice = 它可能已经用过、已经过期，或者复制时少了一段。请完整地再复制一次，或请发送者给一个新链接。

## account
account-title = 你的账号
account-new = 账号已注册，你的进度都在里面。
account-password-changed = 密码已修改，其他浏览器均已退出登录。
account-sessions-ended = 已退出那里的登录。
account-role = 角色
role-learner = 学员
role-teacher = 教师
role-admin = 管理员
account-since = 加入日期
account-sign-out = 退出登录
account-password = 修改密码
account-password-change = 修改密码
account-sessions = 已登录的浏览器
account-browser-unknown = 未知浏览器
account-browser-this = （当前）
account-browser-times = { $since } 登录，最近使用 { $seen }
account-session-end = 退出那里的登录
account-sessions-end = 退出其他所有登录
account-data = 带走你的数据
account-data-lead = 一个 JSON 文件，包含属于你的一切：设置、卡片、每一次作答，以及你带来的题库。
account-data-download = 下载
account-delete = 删除账号
account-delete-lead = 属于你的一切都会被永久删除：进度、作答、设置，以及你带来的、没有别人在学的题库。想保留的话，请先下载数据。
account-delete-last-admin = 你是唯一的管理员。请先让别人成为管理员，再删除账号。
account-delete-do = 全部删除

## guests
guest-keep = 你正以访客身份学习，进度只保存在这个浏览器里。
guest-keep-do = 注册账号以保留进度
