#include "stub/serve/log/log_writer.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Nobody may read the log any more: the daemon ends all the same.
constexpr std::chrono::seconds kLongestEnd(1);

// What cannot be written is gone: a log must not stop the answers.
void WriteAll(int fd, absl::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    octets.remove_prefix(static_cast<size_t>(written));
  }
}

// Signals are for the thread that starts this one.
std::thread StartWithoutSignals(std::function<void()> run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

struct LogWriter::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::string octets;
  bool ending = false;
  bool ended = false;
};

LogWriter::LogWriter(int fd, Notice notice)
    : notice_(std::move(notice)),
      queue_(std::make_shared<Queue>()),
      thread_(StartWithoutSignals([fd, queue = queue_] { Run(fd, queue); })) {}

LogWriter::~LogWriter() {
  std::unique_lock<std::mutex> lock(queue_->mutex);
  queue_->ending = true;
  queue_->changed.notify_all();
  const bool ended = queue_->changed.wait_for(lock, kLongestEnd,
                                              [this] { return queue_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::Write(absl::string_view line) {
  const std::lock_guard<std::mutex> lock(queue_->mutex);
  std::string& octets = queue_->octets;
  if (octets.size() + line.size() >= kMostQueued) {
    ++lost_;
    return;
  }
  if (told_ != lost_) {
    absl::StrAppend(&octets, notice_(lost_ - told_), "\n");
    told_ = lost_;
  }
  absl::StrAppend(&octets, line, "\n");
  queue_->changed.notify_all();
}

void LogWriter::Run(int fd, const std::shared_ptr<Queue>& queue) {
  std::unique_lock<std::mutex> lock(queue->mutex);
  for (;;) {
    queue->changed.wait(
        lock, [&] { return queue->ending || !queue->octets.empty(); });
    if (queue->octets.empty()) break;
    const std::string octets = std::exchange(queue->octets, {});
    lock.unlock();
    WriteAll(fd, octets);
    lock.lock();
  }
  queue->ended = true;
  queue->changed.notify_all();
}

}  // namespace danebound
