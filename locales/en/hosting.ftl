# What operators are told, and what visitors see while the service cannot do its work.

error-unavailable = Nothing can be saved right now
error-unavailable-advice = What you just sent was not recorded; all that you did before is kept. Wait a minute, go back and send it again. If this lasts, tell whoever runs this server: the log says why.
error-full = This server has no room left
error-full-advice = What you just sent was not recorded; all that you did before is kept. Tell whoever runs this server: once there is room on its disk, it goes on by itself. Then go back and send it again.
