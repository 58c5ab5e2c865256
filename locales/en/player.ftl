# The cluster player: a scenario's story as a garden, step by step.
player-title = What happened
player-stage = The cluster as a garden. Left and right arrow keys step, the space bar plays.
player-garden-label = The cluster at { $time }
player-strip = Timeline
player-scrub = Moment
player-back = Back
player-forward = Next
player-play = Play
player-pause = Pause
player-focus = The moment in question
player-tabs = Beside the picture
player-tab-story = Story
player-tab-proved = Proved
player-tab-kubectl = kubectl get
player-tab-events = Events
player-tab-manifest = Manifest
player-no-events = No Events.
player-event-time = TIME
player-proved = { $count ->
    [one] One statement about this run, proved by simulation
   *[other] { $count } statements about this run, proved by simulation
}

player-tray = Waiting for a Node
player-tray-empty = nothing waits
player-wanted = wanted
player-have = have
player-ready = ready
player-active = active
player-succeeded = succeeded
player-failed = failed
player-note-paused = paused
player-note-suspended = suspended
player-note-terminating = Terminating
player-cpu = CPU { $requested } of { $allocatable }
player-memory = Memory { $requested } of { $allocatable } Gi
player-pod-label = Pod { $name }: { $status }, { $ready } of { $total } containers ready{ $restarts ->
    [0] { "" }
    [one] , restarted once
   *[other] , restarted { $restarts } times
}
player-pod-label-ip = , { $ip }

player-legend = How to read the picture
player-legend-unscheduled = Pending: no Node has taken it yet
player-legend-unready = On its Node, not ready
player-legend-ready = Running and ready
player-legend-failing = A container fails or cannot start
player-legend-terminating = Terminating: its deletion has begun
player-legend-succeeded = Succeeded: all containers ended well

# Captions made from what changed. $names are names from the cluster, $count is how many.
player-say-start = The cluster before anything happens.
player-say-nothing = Until { $time } nothing more changes.
player-say-repeats = Until { $time } the same happens over and over.
player-say-deed = Somebody runs “{ $deed }”.
player-say-error = kubectl gives up: “{ $error }”.
player-say-node-removed = { $names } is removed from the cluster.
player-say-node-down = { $count ->
    [one] { $names } is NotReady.
   *[other] { $names } are NotReady.
}
player-say-node-up = { $count ->
    [one] { $names } is Ready again.
   *[other] { $names } are Ready again.
}
player-say-node-added = { $count ->
    [one] { $names } joins the cluster.
   *[other] { $names } join the cluster.
}
player-say-node-tainted = { $count ->
    [one] { $names } is tainted with { $taints }.
   *[other] { $names } are tainted with { $taints }.
}
player-say-node-untainted = { $count ->
    [one] { $names } loses the taint { $taints }.
   *[other] { $names } lose the taint { $taints }.
}
player-say-node-cordoned = { $count ->
    [one] { $names } is cordoned: no new Pod is scheduled there.
   *[other] { $names } are cordoned: no new Pod is scheduled there.
}
player-say-node-uncordoned = { $count ->
    [one] { $names } takes Pods again.
   *[other] { $names } take Pods again.
}
player-say-stake-new = { $count ->
    [one] { $kind } { $names } is created and wants { $wanted ->
        [0] no Pods.
        [one] one Pod.
       *[other] { $wanted } Pods.
    }
   *[other] { $count } { $kind }s are created, and each wants { $wanted ->
        [0] no Pods: { $names }.
        [one] one Pod: { $names }.
       *[other] { $wanted } Pods: { $names }.
    }
}
player-say-job-new = { $count ->
    [one] { $kind } { $names } is created: { $wanted ->
        [one] one Pod is to succeed.
       *[other] { $wanted } Pods are to succeed.
    }
   *[other] { $count } { $kind }s are created, and of each { $wanted ->
        [one] one Pod is to succeed: { $names }.
       *[other] { $wanted } Pods are to succeed: { $names }.
    }
}
player-say-object-new = { $count ->
    [one] { $kind } { $names } is created.
   *[other] { $count } { $kind }s are created: { $names }.
}
player-say-stake-wants = { $count ->
    [one] The wanted count of { $kind } { $names } goes from { $from } to { $to }.
   *[other] The wanted count of { $count } { $kind }s goes from { $from } to { $to }: { $names }.
}
player-say-stake-resumed = { $count ->
    [one] { $kind } { $names } goes on.
   *[other] { $count } { $kind }s go on: { $names }.
}
player-say-stake-paused = { $count ->
    [one] { $kind } { $names } is paused.
   *[other] { $count } { $kind }s are paused: { $names }.
}
player-say-stake-suspended = { $count ->
    [one] { $kind } { $names } is suspended.
   *[other] { $count } { $kind }s are suspended: { $names }.
}
player-say-stake-terminating = { $count ->
    [one] { $kind } { $names } is being deleted.
   *[other] { $count } { $kind }s are being deleted: { $names }.
}
player-say-stake-gone = { $count ->
    [one] { $kind } { $names } is gone.
   *[other] { $count } { $kind }s are gone: { $names }.
}
player-say-namespace-terminating = { $count ->
    [one] The namespace { $names } is Terminating: it will be emptied.
   *[other] { $count } namespaces are Terminating: { $names }.
}
player-say-namespace-gone = { $count ->
    [one] The namespace { $names } is gone.
   *[other] { $count } namespaces are gone: { $names }.
}
player-say-stake-settled = { $count ->
    [one] { $kind } { $names } { $wanted ->
        [0] has no Pods left, as wanted.
        [one] has its one Pod ready.
       *[other] has all { $wanted } Pods ready.
    }
   *[other] { $count } { $kind }s { $wanted ->
        [0] have no Pods left, as wanted: { $names }.
        [one] have their one Pod ready: { $names }.
       *[other] have all { $wanted } Pods ready: { $names }.
    }
}
player-say-job-complete = { $count ->
    [one] { $kind } { $names } is complete.
   *[other] { $count } { $kind }s are complete: { $names }.
}
player-say-pod-failing = { $count ->
    [one] { $names } shows the status { $status }.
   *[other] { $count } Pods show the status { $status }: { $names }.
}
player-say-pod-backing-off = { $count ->
    [one] { $names } shows the status { $status }: it waits { $seconds } s before it starts again.
   *[other] { $count } Pods show the status { $status } and wait { $seconds } s before they start again: { $names }.
}
player-say-init-started = In { $names } the init container { $container } has started.
player-say-init-done = In { $names } the init container { $container } has finished.
player-say-sidecar-started = In { $names } the sidecar { $container } has started.
player-say-apps-started = { $number ->
    [one] In { $names } the app container { $containers } has started.
   *[other] In { $names } the app containers { $containers } have started.
}
player-say-container-stopped = In { $names } the container { $container } has stopped.
player-say-pod-restarted = { $times ->
    [one] { $names } has restarted once.
    [2] { $names } has restarted twice.
   *[other] { $names } has restarted { $times } times.
}
player-say-pod-unready = { $count ->
    [one] { $names } is no longer ready.
   *[other] { $count } Pods are no longer ready: { $names }.
}
player-say-pod-terminating = { $count ->
    [one] { $names } is Terminating: its deletion has begun.
   *[other] { $count } Pods are Terminating: { $names }.
}
player-say-pod-gone = { $count ->
    [one] { $names } is gone.
   *[other] { $count } Pods are gone: { $names }.
}
player-say-pod-waits = { $count ->
    [one] { $names } is created and waits for a Node.
   *[other] { $count } Pods are created and wait for a Node: { $names }.
}
player-say-pod-planted = { $count ->
    [one] { $names } is created and bound to { $nodes }.
   *[other] { $count } Pods are created and bound to { $nodes }: { $names }.
}
player-say-pod-bound = { $count ->
    [one] { $names } is bound to { $nodes }.
   *[other] { $count } Pods are bound to { $nodes }: { $names }.
}
player-say-pod-started = { $count ->
    [one] { $names } is running, but not ready yet.
   *[other] { $count } Pods are running, but not ready yet: { $names }.
}
player-say-pod-ready = { $count ->
    [one] { $names } is ready.
   *[other] { $count } Pods are ready: { $names }.
}
player-say-pod-succeeded = { $count ->
    [one] { $names } has succeeded.
   *[other] { $count } Pods have succeeded: { $names }.
}
