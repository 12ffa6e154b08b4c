// fork(2) and what belongs to it, for JavaScript: a Node-API addon. Test rig of `atfork audit`, which compiles it when
// it needs it. The declarations below are all that it uses of Node-API, whose ABI is the same in every Node: so no
// headers have to be found.
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef struct uv_loop_s uv_loop_t;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_create_int32(napi_env, int32_t, napi_value *);
int napi_get_value_int32(napi_env, napi_value, int32_t *);
int napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
int napi_get_uv_event_loop(napi_env, uv_loop_t **);
int uv_loop_fork(uv_loop_t *);

static napi_value number(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static int32_t argument(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value = NULL;
  int32_t result = -1;
  napi_get_cb_info(env, info, &count, &value, NULL, NULL);
  napi_get_value_int32(env, value, &result);
  return result;
}

// The child's pid; 0 in the child, whose event loop gets descriptors of its own; -1 if there was no fork.
static napi_value fork_process(napi_env env, napi_callback_info info) {
  uv_loop_t *loop = NULL;
  pid_t pid = fork();
  if (pid == 0 && (napi_get_uv_event_loop(env, &loop) != 0 || uv_loop_fork(loop) != 0)) _exit(1);
  return number(env, pid);
}

// Waits for a child. Its exit code; 128 + the signal that killed it, as in a shell.
static napi_value wait_for(napi_env env, napi_callback_info info) {
  int status = 0;
  if (waitpid(argument(env, info), &status, 0) < 0) return number(env, -1);
  return number(env, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

// The only way out of a child: Node's own waits for threads that only the parent has.
static napi_value exit_process(napi_env env, napi_callback_info info) {
  _exit(argument(env, info));
}

// So that nothing is left running, however the parent ends.
static napi_value die_with_parent(napi_env env, napi_callback_info info) {
  return number(env, prctl(PR_SET_PDEATHSIG, SIGKILL));
}

static void export_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function = NULL;
  napi_create_function(env, name, SIZE_MAX, callback, NULL, &function);
  napi_set_named_property(env, exports, name, function);
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  export_function(env, exports, "fork", fork_process);
  export_function(env, exports, "wait", wait_for);
  export_function(env, exports, "exit", exit_process);
  export_function(env, exports, "dieWithParent", die_with_parent);
  return exports;
}
