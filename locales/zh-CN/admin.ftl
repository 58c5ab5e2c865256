# 管理员看到的页面，以及命令行里与用户有关的提示。

nav-admin = 管理

role-learner-can = 可以学习题库。
role-teacher-can = 还可以上传并分享题库。
role-admin-can = 还可以管理角色、账号和本服务的设置。

admin-title = 管理
admin-tabs-label = 管理页面
admin-tab-overview = 概览
admin-tab-people = 用户
admin-tab-audit = 变更记录

## overview
admin-counts = 数量
admin-learners = 有账号的学员
admin-teachers = 教师
admin-admins = 管理员
admin-disabled = 其中已停用
admin-guests = 没有账号的访客
admin-builtin-banks = 内置题库
admin-own-banks = 用户上传的题库
admin-questions = 题目
admin-reviews = 作答记录
admin-storage = 存储
admin-size = 数据库大小
admin-free = 所在磁盘的剩余空间
admin-free-unknown = 未知
admin-tight = 磁盘剩余空间放不下一份数据库副本。请先腾出空间再备份。
admin-backup-what = 备份是一个文件，包含全部数据：题库、账号、作答记录。其中有个人数据和密码哈希，请妥善保管。
admin-backup = 下载备份
admin-program = 程序
admin-version = 版本
admin-schema = 数据库结构版本
admin-uptime = 已运行
admin-minutes = { $count } 分钟
admin-hours = { $count } 小时
admin-days = { $count } 天

## people
admin-search = 用户名包含
admin-search-go = 搜索
admin-nobody = 没有符合条件的用户。
admin-name = 用户名
admin-role = 角色
admin-seen = 最近活动
admin-since = 注册时间
admin-locked-out = 已停用
admin-not-signed-in = 当前没有登录
admin-more-people = 更多用户
admin-deleted = 账号及其全部数据已删除。

## person
admin-yourself = 这是你自己
admin-saved = 已修改。
admin-last-admin = 这是最后一位管理员。请先把另一位用户设为管理员。
admin-disabled-since = 停用时间
admin-change-role = 修改角色
admin-change-role-go = 修改角色
admin-access = 登录权限
admin-disable-what = 停用后，该用户的所有会话立即结束，学习进度会保留。
admin-disable = 停用账号
admin-enable-what = 该用户目前无法登录。
admin-enable = 恢复账号
admin-delete = 删除账号
admin-delete-what = 账号、会话和全部学习进度都会被永久删除。该用户上传的题库，有其他人学过的会保留，但不再有所有者。
admin-delete-sure = 我确认删除，删除后无法恢复
admin-delete-go = 删除账号

## links
admin-link-once = 请现在复制：这个链接只显示这一次。
admin-reset = 密码
admin-reset-what = 用户可以凭重置链接设置新密码，24 小时内有效，只能用一次。之前的链接随之失效。
admin-reset-go = 生成重置链接
admin-reset-made = 请通过只有本人能看到的方式，把这个链接发给该用户：

## invitations
admin-tab-invitations = 邀请
admin-invite = 邀请用户
admin-invite-role = 注册后的角色
admin-invite-uses = 可供多少人使用
admin-invite-days = 有效期
admin-invite-go = 生成邀请链接
admin-expires-days = { $count } 天
admin-uses-wrong = 请输入 1 到 1000 之间的数字。
admin-uses-left = 还可供 { $count } 人使用
admin-invitation-made = 持有这个链接的人可以注册账号。请发给你要邀请的人：
admin-invitation-revoked = 邀请已撤销。
admin-invitations-closed = 目前不开放注册，邀请链接也无法使用。可以在这里修改：
admin-invitations-out = 有效的邀请
admin-invitations-none = 目前没有可用的邀请。
admin-invitation-by = 创建者
admin-invitation-until = 有效期至
admin-invitation-revoke = 撤销

## settings
admin-tab-settings = 注册设置
admin-save = 保存
admin-sign-up = 谁可以注册账号？
admin-sign-up-open = 任何人
admin-sign-up-open-means = 能打开本站的人都可以注册为学员。
admin-sign-up-invitation = 受邀请的人
admin-sign-up-invitation-means = 需要邀请链接，角色由链接决定。
admin-sign-up-closed = 不开放注册
admin-sign-up-closed-means = 只能由管理员在命令行创建账号，邀请链接暂停使用。

## audit
audit-what = 角色、题库和账号的每一次变更：谁、做了什么、什么时候。
audit-empty = 还没有任何变更。
audit-older = 更早的变更
audit-command-line = 命令行
audit-a-guest = 访客
audit-other = { $actor }：{ $action } { $subject } { $detail }
audit-role-changed = { $actor } 把 { $subject } 的角色从“{ $before }”改为“{ $after }”。
audit-account-disabled = { $actor } 停用了 { $subject } 的账号。
audit-account-enabled = { $actor } 恢复了 { $subject } 的账号。
audit-account-deleted = { $actor } 删除了 { $subject }（{ $role }）的账号。
audit-copy-taken = { $actor } 下载了一份备份。
audit-invitation-revoked = { $actor } 撤销了一个邀请（{ $role }）。
audit-account-created = { $actor } 创建了 { $subject } 的账号（{ $role }）。
audit-password-changed = { $actor } 修改了 { $subject } 的密码。
audit-password-reset = { $actor } 通过重置链接设置了新密码。
audit-sign-up-changed = { $actor } 修改了注册设置：{ $mode }。
audit-link-made = { $actor } 发出了一个链接。
audit-link-made-invitation = { $actor } 发出了一个邀请（{ $role }，可用 { $uses } 次）。
audit-link-made-reset = { $actor } 为 { $subject } 生成了密码重置链接。
audit-link-made-first-admin = 服务启动时打印了首位管理员的链接。
audit-guest-merged = { $subject } 合并了访客的学习进度。
audit-bank-created = { $actor } 创建了题库 { $subject }（{ $questions } 道题）。
audit-bank-changed = { $actor } 更新了题库 { $subject }：新增 { $added } 道，改文字 { $edited } 道，改答案 { $reset } 道，移除 { $removed } 道；现有 { $questions } 道题。
audit-bank-audience = { $actor } 把题库 { $subject } 的可见范围从“{ $from }”改为“{ $to }”。
audit-bank-deleted = { $actor } 删除了题库 { $subject }（{ $questions } 道题，{ $learners } 名学员）。
audit-word-everyone = 所有人
audit-word-public = 公开，自愿加入
audit-word-link = 持有链接的人
audit-word-private = 仅所有者
audit-word-open = 任何人
audit-word-invitation = 仅限受邀请的人
audit-word-closed = 不开放

## user: what `doujia user` says
user-added = 账号 { $name } 已创建。
user-password = 密码：{ $password }
user-ask-password = 密码：
user-ask-again = 再输入一次：
user-not-the-same = 两次输入的密码不一致
user-no-terminal = 没有终端可供输入密码：请使用 --password-file FILE 或 --generate-password
user-unreadable = 无法从 { $file } 读取密码
user-password-short = 密码至少 8 个字符
user-password-long = 密码最多 128 个字符
user-password-common = 这个密码太常见，容易被猜到
user-no-name = 用户名为 2 到 40 个字符，可用文字、数字、空格和 - _ .
user-name-taken = 用户名 { $name } 已被使用
user-unknown = 没有名为 { $name } 的用户；doujia user list 可以列出所有用户
user-role-changed = { $name } 现在的角色：{ $role }
user-last-admin = 这是最后一位管理员，请先把另一位用户设为管理员
user-reset = { $name } 可以凭这个链接设置新密码，24 小时内有效，只能用一次：
user-locked-out = 已停用

## welcome
welcome-title = 成为首位管理员
welcome-lead = 本服务还没有管理员，而你持有服务启动时打印的链接。管理员负责用户、邀请和备份。
welcome-known = 你已登录，这个账号将成为管理员：
welcome-do = 成为管理员
