#include "stub/cli/socket_access.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

std::string GroupName(gid_t group) {
  const struct group* entry = getgrgid(group);
  return entry != nullptr ? entry->gr_name : absl::StrCat(group);
}

std::string UserName(uid_t user) {
  const passwd* entry = getpwuid(user);
  return entry != nullptr ? entry->pw_name : absl::StrCat(user);
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

std::string Advice(const std::string& socket_path, absl::string_view setting) {
  std::string path = socket_path;
  struct stat status = {};
  mode_t wanted = S_IWGRP;
  while (stat(path.c_str(), &status) != 0 && path != "/") {
    path = FolderOf(path);  // what lies in it cannot even be looked at
    wanted = S_IXGRP;
  }
  const std::string group = GroupName(status.st_gid);
  // Nobody is to be advised to join the group of root.
  if ((status.st_mode & wanted) == 0 || status.st_gid == 0) {
    return absl::StrCat(path, " is for the user ", UserName(status.st_uid),
                        " alone; ", setting, " says who else may");
  }
  return absl::StrCat(path, " is for the group ", group, ": as root, adduser ",
                      UserName(geteuid()), " ", group, ", and log in again");
}

}  // namespace

absl::Status SayWhoMayOpen(const absl::Status& error,
                           const std::string& socket_path,
                           absl::string_view setting) {
  if (!absl::IsPermissionDenied(error)) return error;
  return absl::PermissionDeniedError(
      absl::StrCat(error.message(), "; ", Advice(socket_path, setting)));
}

}  // namespace danebound
