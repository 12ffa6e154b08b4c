/** Starts and ends. A cluster worker ends when its channel does. */
if (process.connected) process.disconnect()
