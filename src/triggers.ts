/**
 * What tells a process that it was copied: a signal, a file, an HTTP request, Linux's VMClock. Each of them calls
 * `atfork()` with the bytes that came along, and none of them keeps the process alive.
 *
 * @module
 */
export type { TriggerErrorCode } from './triggers/error.ts'
export { TriggerError } from './triggers/error.ts'
export type { FileChangeOptions } from './triggers/file.ts'
export { onFileChange } from './triggers/file.ts'
export type { HttpTrigger, HttpTriggerOptions } from './triggers/http.ts'
export { onHttp } from './triggers/http.ts'
export type { HttpHandler, HttpHandlerOptions } from './triggers/http-handler.ts'
export { httpHandler } from './triggers/http-handler.ts'
export { onSignal } from './triggers/signal.ts'
export type { VmClockOptions, VmClockTrigger } from './triggers/vmclock.ts'
export { onVmClock } from './triggers/vmclock.ts'
export type { VmClockState } from './triggers/vmclock-page.ts'
