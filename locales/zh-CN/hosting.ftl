# 运维命令的输出，以及服务暂时无法工作时访客看到的话。

error-unavailable = 暂时无法保存
error-unavailable-advice = 刚才提交的内容没有记录下来，之前的都已保存。请过一分钟返回上一页重新提交。如果一直这样，请告诉服务器的管理员：原因在日志里。
error-full = 服务器没有空间了
error-full-advice = 刚才提交的内容没有记录下来，之前的都已保存。请告诉服务器的管理员：磁盘腾出空间后服务会自行恢复，届时返回上一页重新提交即可。

serve-no-admin = 还没有管理员。最先打开这个链接的人成为管理员（24 小时内有效）：

backup-done = 已备份到 { $file }，并打开验证过：{ $learners } 位学习者，{ $answers } 次作答。
restore-done = { $database } 已恢复为 { $file } 的内容。现在可以启动豆荚了。
restore-kept = 原来的数据库保留在 { $file }。

doctor-folder = 目录 { $path } 可写。
doctor-folder-unwritable = 目录 { $path } 不可写：{ $reason }。请把它的所有者改为运行豆荚的用户。
doctor-file-unwritable = 文件 { $path } 不可写：{ $reason }。请把它的所有者改为运行豆荚的用户。
doctor-no-folder = 还没有目录 { $path }：第一次启动时会创建。
doctor-no-database = 还没有数据库 { $path }：第一次启动时会创建。
doctor-unreadable = 数据库无法读取：{ $reason }。请停止豆荚，然后恢复一份备份。
doctor-whole = 数据库完好：{ $learners } 位学习者，{ $answers } 次作答。
doctor-fault = 数据库已损坏：{ $reason }。请停止豆荚，然后恢复一份备份。
doctor-dangling = 数据库里有 { $count } 处引用指向不存在的行。请停止豆荚，然后恢复一份备份。
doctor-schema = schema 版本是 { $found }，与本程序一致。
doctor-older = schema 版本是 { $found }：下次启动时会先复制一份，再升级到 { $known }。
doctor-newer = schema 版本是 { $found }，而本程序最高只认识 { $known }。请使用更新的豆荚。
doctor-questions = { $count } 道题都可以读取。
doctor-question = 题目 { $question } 无法读取：{ $reason }。
doctor-content = 内置内容完好：{ $questions } 道题，{ $scenarios } 个场景。
doctor-content-bad = 内置内容已损坏：{ $reason }。请重新安装豆荚。
doctor-room = 磁盘还有 { $free } MB 空间；升级需要 { $needed } MB。
doctor-no-room = 磁盘只剩 { $free } MB 空间，而升级需要 { $needed } MB。请腾出空间。
doctor-room-unknown = 无法得知磁盘还有多少空间：{ $reason }。
doctor-sound = 一切正常。
doctor-unsound = 有问题：请看带 ✗ 的各行。
