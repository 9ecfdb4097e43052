# Makes devise.json and devise.used.json: 50 users of a Rails model with devise-two-factor, on SQLite in memory.
# Debian's packages ruby-devise-two-factor 4.0.2, ruby-rails 6.1.7, ruby-sqlite3 1.4.2:
#
#     ruby devise_users.rb FOLDER
require "active_record"
require "active_support/all"
require "devise"
require "devise/orm/active_record"
require "devise-two-factor"
require "digest"
require "json"
require "rotp"

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |t|
    t.string :email, null: false
    t.string :encrypted_password, null: false, default: ""
    t.string :encrypted_otp_secret
    t.string :encrypted_otp_secret_iv
    t.string :encrypted_otp_secret_salt
    t.integer :consumed_timestep
    t.boolean :otp_required_for_login
    t.text :otp_backup_codes
    t.timestamps
  end
end

class User < ActiveRecord::Base
  devise :two_factor_authenticatable, :two_factor_backupable, otp_secret_encryption_key: "a key of the application, a sample only, long"
  serialize :otp_backup_codes, JSON
end

at = Time.now.to_i / 30 * 30
used = { at: at, users: {} }
(1..50).each do |i|
  email = format("user%02d@example.com", i)
  user = User.new(email: email, password: "a sentence that is only a sample")
  user.otp_secret = User.generate_otp_secret(32)
  user.otp_required_for_login = i % 11 != 0
  user.generate_otp_backup_codes! if i % 5 == 0
  user.save!
  told = { secret: user.otp_secret, confirmed: user.otp_required_for_login, used: nil }
  if i.even?
    # Every third phone of those is one step ahead.
    step = at / 30 + (i % 3 == 0 ? 1 : 0)
    code = ROTP::TOTP.new(user.otp_secret).at(step * 30)
    raise email unless user.validate_and_consume_otp!(code)
    told[:used] = { code: code, step: step, consumed: user.reload.consumed_timestep }
  end
  used[:users][user.id.to_s] = told
end

# What an application runs to take its users along.
rows = User.all.map do |user|
  user.slice(:id, :email, :otp_secret, :consumed_timestep, :otp_required_for_login, :otp_backup_codes, :created_at)
end
folder = ARGV.fetch(0)
File.write("#{folder}/devise.json", JSON.pretty_generate(rows.as_json) + "\n")
File.write("#{folder}/devise.used.json", JSON.pretty_generate(used) + "\n")
