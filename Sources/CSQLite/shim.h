#pragma once
#include <sqlite3.h>

// sqlite3_db_config takes a variable list of arguments, which Swift cannot call.

/// Switches that keep a file from acting, for reading and writing alike.
static inline int vigil_sqlite_defend(sqlite3 *handle) {
  static const int switches[][2] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
  };
  for (unsigned each = 0; each < sizeof switches / sizeof switches[0]; each++) {
    int result = sqlite3_db_config(handle, switches[each][0], switches[each][1], (int *)0);
    if (result != SQLITE_OK) return result;
  }
  return SQLITE_OK;
}

static inline void vigil_sqlite_nothing(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count, (void)values;
  sqlite3_result_null(context);
}

/// Makes a connection that reads distrust its file: no writes to the schema or to SQLite's own tables, no triggers, no
/// views, and no function with side effects in what a schema asks for. SQLITE_OK, or the code of the first refusal.
///
/// SQLite 3.40 counts json_extract, which the log's own generated columns name, among the functions that an untrusted
/// schema may not use; a reader never uses those columns, so it gets a json_extract that does nothing.
static inline int vigil_sqlite_distrust(sqlite3 *handle) {
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  int result = vigil_sqlite_defend(handle);
  if (result == SQLITE_OK) result = sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
  if (result == SQLITE_OK) result = sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
  if (result == SQLITE_OK)
    result = sqlite3_create_function_v2(handle, "json_extract", -1, flags, 0, vigil_sqlite_nothing, 0, 0, 0);
  return result;
}

/// The same for a connection that writes. Triggers stay on, because they are the log's own guards, and json_extract is the
/// real one, because the log's own index needs it; the caller compares the schema with the known one before anything else.
static inline int vigil_sqlite_distrust_writing(sqlite3 *handle) { return vigil_sqlite_defend(handle); }
