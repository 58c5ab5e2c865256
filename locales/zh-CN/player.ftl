# 集群播放器：把一个场景画成菜园，一步一步看。
player-title = 发生了什么
player-stage = 画成菜园的集群。左右方向键逐步查看，空格键播放。
player-garden-label = { $time } 时的集群
player-strip = 时间线
player-scrub = 时刻
player-back = 上一步
player-forward = 下一步
player-play = 播放
player-pause = 暂停
player-focus = 要看的时刻
player-tabs = 图旁的内容
player-tab-story = 经过
player-tab-proved = 已验证
player-tab-kubectl = kubectl get
player-tab-events = Events
player-tab-manifest = Manifest
player-no-events = 没有 Event。
player-event-time = 时间
player-proved = { $count } 条结论已由模拟验证

player-tray = 等待调度
player-tray-empty = 暂无
player-wanted = 期望
player-have = 现有
player-ready = 就绪
player-active = 运行中
player-succeeded = 成功
player-failed = 失败
player-note-paused = 已暂停
player-note-suspended = 已挂起
player-note-terminating = Terminating
player-cpu = CPU { $requested } / { $allocatable }
player-memory = 内存 { $requested } / { $allocatable } Gi
player-pod-label = Pod { $name }：{ $status }，{ $total } 个容器中 { $ready } 个就绪{ $restarts ->
    [0] { "" }
   *[other] ，已重启 { $restarts } 次
}
player-pod-label-ip = ，{ $ip }

player-legend = 怎样看这幅图
player-legend-unscheduled = Pending：还没有被调度到 Node
player-legend-unready = 已在 Node 上，尚未就绪
player-legend-ready = 正在运行且已就绪
player-legend-failing = 有容器失败或无法启动
player-legend-terminating = Terminating：已开始删除
player-legend-succeeded = Succeeded：所有容器正常结束

# 由变化生成的说明。$names 是集群里的名字，$count 是个数。
player-say-start = 一切发生之前的集群。
player-say-nothing = 直到 { $time }，再没有变化。
player-say-repeats = 直到 { $time }，同样的过程反复发生。
player-say-deed = 有人执行“{ $deed }”。
player-say-error = kubectl 报错：“{ $error }”。
player-say-node-removed = { $names } 被移出集群。
player-say-node-down = { $names } 变为 NotReady。
player-say-node-up = { $names } 恢复 Ready。
player-say-node-added = { $names } 加入集群。
player-say-node-tainted = { $names } 被打上污点 { $taints }。
player-say-node-untainted = { $names } 去掉了污点 { $taints }。
player-say-node-cordoned = { $names } 被 cordon：不再有新的 Pod 调度到这里。
player-say-node-uncordoned = { $names } 恢复调度。
player-say-stake-new = { $count ->
    [1] { $kind } { $names } 创建，{ $wanted ->
        [0] 不需要 Pod。
       *[other] 期望 { $wanted } 个 Pod。
    }
   *[other] { $count } 个 { $kind } 创建，{ $wanted ->
        [0] 都不需要 Pod：{ $names }。
       *[other] 各期望 { $wanted } 个 Pod：{ $names }。
    }
}
player-say-job-new = { $count ->
    [1] { $kind } { $names } 创建，需要 { $wanted } 个 Pod 成功结束。
   *[other] { $count } 个 { $kind } 创建，各需要 { $wanted } 个 Pod 成功结束：{ $names }。
}
player-say-object-new = { $count ->
    [1] { $kind } { $names } 创建。
   *[other] { $count } 个 { $kind } 创建：{ $names }。
}
player-say-stake-wants = { $count ->
    [1] { $kind } { $names } 的期望副本数由 { $from } 变为 { $to }。
   *[other] { $count } 个 { $kind } 的期望副本数由 { $from } 变为 { $to }：{ $names }。
}
player-say-stake-resumed = { $count ->
    [1] { $kind } { $names } 恢复运行。
   *[other] { $count } 个 { $kind } 恢复运行：{ $names }。
}
player-say-stake-paused = { $count ->
    [1] { $kind } { $names } 暂停。
   *[other] { $count } 个 { $kind } 暂停：{ $names }。
}
player-say-stake-suspended = { $count ->
    [1] { $kind } { $names } 挂起。
   *[other] { $count } 个 { $kind } 挂起：{ $names }。
}
player-say-stake-terminating = { $count ->
    [1] { $kind } { $names } 正在删除。
   *[other] { $count } 个 { $kind } 正在删除：{ $names }。
}
player-say-stake-gone = { $count ->
    [1] { $kind } { $names } 已被删除。
   *[other] { $count } 个 { $kind } 已被删除：{ $names }。
}
player-say-namespace-terminating = { $count ->
    [1] 命名空间 { $names } 进入 Terminating，里面的对象将被清空。
   *[other] { $count } 个命名空间进入 Terminating：{ $names }。
}
player-say-namespace-gone = { $count ->
    [1] 命名空间 { $names } 已消失。
   *[other] { $count } 个命名空间已消失：{ $names }。
}
player-say-stake-settled = { $count ->
    [1] { $kind } { $names } { $wanted ->
        [0] 已如所愿，不再有 Pod。
       *[other] 的 { $wanted } 个 Pod 全部就绪。
    }
   *[other] { $count } 个 { $kind } { $wanted ->
        [0] 都已如所愿，不再有 Pod：{ $names }。
       *[other] 各自的 { $wanted } 个 Pod 全部就绪：{ $names }。
    }
}
player-say-job-complete = { $count ->
    [1] { $kind } { $names } 完成。
   *[other] { $count } 个 { $kind } 完成：{ $names }。
}
player-say-pod-failing = { $count ->
    [1] { $names } 的状态变为 { $status }。
   *[other] { $count } 个 Pod 的状态变为 { $status }：{ $names }。
}
player-say-pod-backing-off = { $count ->
    [1] { $names } 的状态变为 { $status }：等 { $seconds } 秒后才会再次启动。
   *[other] { $count } 个 Pod 的状态变为 { $status }，等 { $seconds } 秒后才会再次启动：{ $names }。
}
player-say-init-started = { $names } 的 init 容器 { $container } 已启动。
player-say-init-done = { $names } 的 init 容器 { $container } 已执行完毕。
player-say-sidecar-started = { $names } 的 sidecar { $container } 已启动。
player-say-apps-started = { $names } 的应用容器 { $containers } 已启动。
player-say-container-stopped = { $names } 的容器 { $container } 已停止。
player-say-pod-restarted = { $names } 已重启 { $times } 次。
player-say-pod-unready = { $count ->
    [1] { $names } 不再就绪。
   *[other] { $count } 个 Pod 不再就绪：{ $names }。
}
player-say-pod-terminating = { $count ->
    [1] { $names } 进入 Terminating：已开始删除。
   *[other] { $count } 个 Pod 进入 Terminating：{ $names }。
}
player-say-pod-gone = { $count ->
    [1] { $names } 已消失。
   *[other] { $count } 个 Pod 已消失：{ $names }。
}
player-say-pod-waits = { $count ->
    [1] { $names } 创建，等待调度。
   *[other] { $count } 个 Pod 创建，等待调度：{ $names }。
}
player-say-pod-planted = { $count ->
    [1] { $names } 创建并绑定到 { $nodes }。
   *[other] { $count } 个 Pod 创建并绑定到 { $nodes }：{ $names }。
}
player-say-pod-bound = { $count ->
    [1] { $names } 绑定到 { $nodes }。
   *[other] { $count } 个 Pod 绑定到 { $nodes }：{ $names }。
}
player-say-pod-started = { $count ->
    [1] { $names } 已在运行，尚未就绪。
   *[other] { $count } 个 Pod 已在运行，尚未就绪：{ $names }。
}
player-say-pod-ready = { $count ->
    [1] { $names } 就绪。
   *[other] { $count } 个 Pod 就绪：{ $names }。
}
player-say-pod-succeeded = { $count ->
    [1] { $names } 成功结束。
   *[other] { $count } 个 Pod 成功结束：{ $names }。
}
