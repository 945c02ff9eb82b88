#include "stub/embedded/loop_descriptor.h"

#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// How soon the loop has a turn where a descriptor could not be followed.
constexpr std::chrono::milliseconds kBlindTurn(10);

// What the events of a loop wait for.
struct Wanted {
  std::map<int, uint32_t> descriptors;
  absl::optional<timeval> timer;  // by the wall clock, as libevent tells it
  bool is_complete = true;
};

void AddTimer(const event* each, Wanted& wanted) {
  timeval end = {};
  if (event_pending(each, EV_TIMEOUT, &end) == 0) return;
  if (!wanted.timer || timercmp(&end, &*wanted.timer, <)) wanted.timer = end;
}

void AddDescriptor(const event* each, Wanted& wanted) {
  const short events = event_get_events(each);
  if ((events & (EV_READ | EV_WRITE)) == 0) return;  // a timer, a signal
  uint32_t& followed = wanted.descriptors[event_get_fd(each)];
  if ((events & EV_READ) != 0) followed |= EPOLLIN;
  if ((events & EV_WRITE) != 0) followed |= EPOLLOUT;
}

// No exception may pass through libevent.
int OnEvent(const event_base* /*loop*/, const event* each, void* wanted) {
  auto* const all = static_cast<Wanted*>(wanted);
  try {
    AddTimer(each, *all);
    AddDescriptor(each, *all);
  } catch (const std::bad_alloc&) {
    all->is_complete = false;
  }
  return 0;
}

SteadyTime Until(const timeval& end, event_base* loop) {
  timeval now = {};
  event_base_gettimeofday_cached(loop, &now);
  const auto left = std::chrono::seconds(end.tv_sec - now.tv_sec) +
                    std::chrono::microseconds(end.tv_usec - now.tv_usec);
  return SteadyNow() + left;
}

// A descriptor that was closed has left the set by itself, and may have come
// back as another one.
bool FollowOne(int set, int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) == 0) return true;
  return errno == ENOENT && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

absl::StatusOr<LoopDescriptor> LoopDescriptor::New() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd >= 0) return LoopDescriptor(fd);
  return absl::ResourceExhaustedError(
      absl::StrCat("no descriptor for an event loop: ",
                   std::generic_category().message(errno),
                   "; raise the limit of open files"));
}

LoopDescriptor::LoopDescriptor(LoopDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      followed_(std::move(other.followed_)),
      next_timer_(other.next_timer_) {}

LoopDescriptor::~LoopDescriptor() {
  if (fd_ >= 0) close(fd_);
}

void LoopDescriptor::Follow(event_base* loop) {
  next_timer_ = SteadyNow() + kBlindTurn;  // until all below is done
  Wanted wanted;
  event_base_foreach_event(loop, OnEvent, &wanted);
  if (!wanted.is_complete) throw std::bad_alloc();
  for (const auto& [fd, events] : followed_) {
    if (!wanted.descriptors.contains(fd)) {
      epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
    }
  }
  bool follows_all = true;
  for (const auto& [fd, events] : wanted.descriptors) {
    follows_all = FollowOne(fd_, fd, events) && follows_all;
  }
  followed_ = std::move(wanted.descriptors);
  if (!follows_all) return;
  next_timer_.reset();
  // An active event may tell of a timer that it never had.
  if (event_base_get_num_events(loop, EVENT_BASE_COUNT_ACTIVE) > 0) {
    next_timer_ = SteadyNow();
  } else if (wanted.timer) {
    next_timer_ = Until(*wanted.timer, loop);
  }
}

void LoopDescriptor::Rest() noexcept {
  for (const auto& [fd, events] : followed_) {
    epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
  }
  followed_.clear();
  next_timer_.reset();
}

}  // namespace danebound
